/** The timer of the keepalive, which pings the peer and ends the connection if it does not answer. */

import { KEEPALIVE_PINGED } from '../native/binding.js'
import { MAX_DELAY, own, type Timer, type Timers } from '../node/timers.js'

/** The keepalive of one connection of the promise API. Its timer does not keep the process alive. */
export class Keepalive {
  readonly #run: () => number
  readonly #timers: Timers
  #timer: Timer | undefined
  #stopped = false

  /** @param run runs native code's part; returns the ms until the next run, or a negative number for none */
  constructor(run: () => number, timers: Timers = own) {
    this.#run = run
    this.#timers = timers
  }

  start(): void {
    let wait = this.#run()
    while (wait === KEEPALIVE_PINGED) wait = this.#run()
    // The run reads the socket, which may have ended the connection.
    if (wait < 0 || this.#stopped) return
    this.#timer = this.#timers.setTimeout(() => this.start(), Math.min(Math.ceil(wait), MAX_DELAY))
    this.#timer.unref()
  }

  stop(): void {
    this.#stopped = true
    this.#timers.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
