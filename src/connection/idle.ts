/** The timer of `idleTimeout`: ends a connection on which no message arrives. */

import { MAX_DELAY, own, type Timer, type Timers } from '../node/timers.js'

/** What the timer needs of its connection. */
interface Owner {
  /** Whether messages are being read; time in which they are not does not count. */
  isReading(): boolean
  /** Delivers what has arrived, since the loop may have been busy when the timer fired. */
  turn(): void
  /** No message has arrived in time. */
  expire(): void
}

/** The idle timer of one connection. It runs in real time and never keeps the process alive. */
export class IdleTimer {
  readonly #timeout: number
  readonly #owner: Owner
  readonly #timers: Timers
  #timer: Timer | undefined
  #messageAt: number
  /** Whether the time of the current batch is noted. */
  #isNoted = false
  #isStopped = false

  /** @param timeout in ms */
  constructor(timeout: number, owner: Owner, timers: Timers = own) {
    this.#timeout = timeout
    this.#owner = owner
    this.#timers = timers
    this.#messageAt = timers.now()
    this.#start(timeout)
  }

  /** A batch begins. Its messages have one time, since reading the clock is expensive. */
  startBatch(): void {
    this.#isNoted = false
  }

  /** A message has arrived. */
  noteMessage(): void {
    if (this.#isNoted) return
    this.#isNoted = true
    this.#messageAt = this.#timers.now()
  }

  stop(): void {
    this.#isStopped = true
    this.#timers.clearTimeout(this.#timer)
  }

  #start(delay: number): void {
    this.#timer = this.#timers.setTimeout(() => this.#check(), Math.min(Math.ceil(delay), MAX_DELAY))
    this.#timer.unref()
  }

  #check(): void {
    if (this.#owner.isReading()) this.#owner.turn()
    else this.#messageAt = this.#timers.now()
    if (this.#isStopped) return
    const left = this.#messageAt + this.#timeout - this.#timers.now()
    if (left > 0) this.#start(left)
    else this.#owner.expire()
  }
}
