/** Calls of `flush` that wait until the kernel has taken everything. */

import { AbortError } from '../errors/classes.js'
import { carried, nextTick, own } from '../node/timers.js'
import type { Wait } from '../options/wait.js'
import { withCallerStack } from './caller-stack.js'
import { Waiters } from './waiters.js'

const aborted = (reason: unknown) => new AbortError(reason)

/** What the calls need to know of their connection. */
interface Sender {
  /** Whether nothing is unsent and no send is pending. */
  isSent(): boolean
  /** Has native code report when nothing is unsent. */
  notifyFlushed(): void
  /** Makes the error of a call whose deadline has passed. */
  expired(wait: Wait): Error
  /** Reads and writes what can be. */
  turn(): void
}

/** The pending calls of `flush` of one connection. */
export class Flushes {
  readonly #sender: Sender
  readonly #waiters: Waiters<void>

  constructor(sender: Sender) {
    this.#sender = sender
    this.#waiters = new Waiters(
      (wait) => sender.expired(wait),
      own,
      () => sender.turn(),
    )
  }

  /** Resolves when nothing is unsent. */
  wait(wait: Wait): Promise<void> {
    if (this.#sender.isSent()) return Promise.resolve()
    this.#sender.notifyFlushed()
    return new Promise((resolve) =>
      this.#waiters.add(resolve, (error) => resolve(withCallerStack(error)), wait, aborted),
    )
  }

  /** Some of what was unsent has left. */
  handleDrained(): void {
    if (this.#waiters.length === 0) return
    // A stream of Node gets the bytes when native code is left.
    if (carried.streams > 0) nextTick(() => this.#check())
    else this.#check()
  }

  #check(): void {
    if (this.#waiters.length === 0) return
    if (!this.#sender.isSent()) this.#sender.notifyFlushed()
    else
      for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift())
        waiter.resolve()
  }

  /** Rejects all pending calls. */
  rejectAll(error: () => Error): void {
    this.#waiters.rejectAll(error)
  }
}
