/** The timer of native code's keepalive: pings the peer and notices when it is gone. */

import { MAX_DELAY, own, type Timer, type Timers } from '../node/timers.js'

/** What `tick` answers instead of a time: a ping was sent, ask again. */
const PINGED = -2

/** The keepalive of one connection. Its timer never keeps the process alive. */
export class Keepalive {
  readonly #tick: () => number
  readonly #timers: Timers
  #timer: Timer | undefined
  #stopped = false

  /** @param tick runs native code's part: ms until it wants to run again, negative for never */
  constructor(tick: () => number, timers: Timers = own) {
    this.#tick = tick
    this.#timers = timers
  }

  start(): void {
    let wait = this.#tick()
    while (wait === PINGED) wait = this.#tick()
    // The end of the connection may have been found by reading for the keepalive.
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
