/** Callbacks of sends, which are called when the kernel has taken what was sent. */

import { nextTick } from '../node/timers.js'
import { CLOSED } from './close.js'
import { callBack, type SentCallback } from './program-calls.js'

/** What the callbacks need of their connection. */
interface Sender {
  readonly readyState: number
  /** Bytes that are unsent. */
  readonly bufferedAmount: number
  /** Has native code report when nothing is unsent. */
  notifyFlushed(): void
}

/**
 * The callbacks of one connection, in the order of the sends. They are called when nothing is unsent, which is when the
 * last of the messages is with the kernel.
 */
export class SentCallbacks {
  readonly #sender: Sender
  #waiting: SentCallback[] = []
  #isChecking = false

  constructor(sender: Sender) {
    this.#sender = sender
  }

  /** Adds the callback of a message that was just sent. It is not called before the end of the tick. */
  add(callback: SentCallback): void {
    this.#waiting.push(callback)
    if (this.#isChecking) return
    this.#isChecking = true
    nextTick(() => {
      this.#isChecking = false
      this.check()
    })
  }

  /** Calls the callbacks if nothing is unsent; otherwise waits for the next report of native code. */
  check(): void {
    if (this.#waiting.length === 0) return
    // The end, which may be held, calls them with its error: nothing is unsent only because the rest was dropped.
    if (this.#sender.readyState === CLOSED) return
    if (this.#sender.bufferedAmount > 0) this.#sender.notifyFlushed()
    else this.#callAll(this.#take())
  }

  /**
   * Calls all callbacks: the connection has ended.
   *
   * @param error left out if the kernel has all messages
   * @param isLater whether they are called after this tick, since the program is calling
   */
  end(error: Error | undefined, isLater: boolean): void {
    const called = this.#take()
    if (!isLater) this.#callAll(called, error)
    else if (called.length > 0) nextTick(() => this.#callAll(called, error))
  }

  #take(): SentCallback[] {
    const taken = this.#waiting
    this.#waiting = []
    return taken
  }

  /** Calls callbacks in their order. If one throws, the others follow when that has been reported. */
  #callAll(called: SentCallback[], error?: Error, from = 0): void {
    for (let at = from; at < called.length; at += 1) {
      if (callBack(called[at] as SentCallback, error)) continue
      nextTick(() => this.#callAll(called, error, at + 1))
      return
    }
  }
}
