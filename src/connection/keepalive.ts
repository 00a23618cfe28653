/** The timer of the keepalive, which pings the peer and ends the connection if it does not answer. */

import { KEEPALIVE_PINGED } from '../native/binding.js'
import { MAX_DELAY, own, type Timer, type Timers } from '../node/timers.js'

/** What the keepalive needs of its connection. */
interface Owner {
  /** Runs native code's part. Returns the ms until the next run, or a negative number for none. */
  runKeepalive(): number
}

/** The keepalive of one connection of the promise API. Its timer does not keep the process alive. */
export class Keepalive {
  readonly #owner: Owner
  readonly #timers: Timers
  #timer: Timer | undefined
  #stopped = false

  constructor(owner: Owner, timers: Timers = own) {
    this.#owner = owner
    this.#timers = timers
  }

  start(): void {
    let wait = this.#owner.runKeepalive()
    while (wait === KEEPALIVE_PINGED) wait = this.#owner.runKeepalive()
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
