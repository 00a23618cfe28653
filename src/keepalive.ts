/** The timer of native code's keepalive: pings the peer and notices when it is gone. */

import { MAX_DELAY } from './waiters.js'

/** What `tick` answers instead of a time: a ping was sent, ask again. */
const PINGED = -2

/** The keepalive of one connection. Its timer never keeps the process alive. */
export class Keepalive {
  readonly #tick: () => number
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  /** @param tick runs native code's part: ms until it wants to run again, negative for never */
  constructor(tick: () => number) {
    this.#tick = tick
  }

  start(): void {
    let wait = this.#tick()
    while (wait === PINGED) wait = this.#tick()
    // The end of the connection may have been found by reading for the keepalive.
    if (wait >= 0 && !this.#stopped)
      this.#timer = setTimeout(() => this.start(), Math.min(Math.ceil(wait), MAX_DELAY)).unref()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
