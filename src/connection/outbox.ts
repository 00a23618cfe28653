/**
 * Sends that wait because enough is unsent already. They are held here, as the caller gave them, and
 * accepted in order when enough has left; until then each can still be taken back.
 */

import { AbortError, TimeoutError } from '../errors/classes.js'
import type { Data } from '../native/payload.js'
import { own } from '../node/timers.js'
import { type Wait, Waiters } from './waiters.js'

const expired = () =>
  new TimeoutError('ERR_WS_SEND_TIMEOUT', 'open', 'the peer takes too little: the message was not sent')
const aborted = (reason: unknown) => new AbortError(reason)

/** The sends of one connection that wait. */
export class Outbox {
  readonly #transmit: (data: Data) => number
  readonly #highWaterMark: number
  readonly #waiters: Waiters<void>
  #whenEmpty: (() => void) | undefined
  #blocked = false
  /** Native code takes nothing more: what waits is rejected once it is known why. */
  #broken = false

  /**
   * @param transmit gives a message to native code and says how many bytes are unsent then
   * @param highWaterMark unsent bytes at which sends wait
   * @param look see {@link Waiters}
   */
  constructor(transmit: (data: Data) => number, highWaterMark: number, look?: () => void) {
    this.#transmit = transmit
    this.#waiters = new Waiters(expired, own, look)
    this.#highWaterMark = highWaterMark
  }

  /** Whether a send has to wait. */
  get isBlocked(): boolean {
    return this.#blocked || this.#broken || this.#waiters.length > 0
  }

  /**
   * Sends now. Returns whether the message was accepted: a connection whose socket has failed accepts none, while the
   * peer's close frame, which says why, may still be unread. The message is to {@link wait} for that.
   */
  send(data: Data): boolean {
    const unsent = this.#transmit(data)
    this.#blocked = unsent >= this.#highWaterMark
    this.#broken = unsent < 0
    return !this.#broken
  }

  /** Sends later, or not at all where the wait ends before. */
  wait(data: Data, wait: Wait): Promise<void> {
    return new Promise((resolve, reject) => {
      const taken = () => {
        try {
          if (this.send(data)) resolve()
          else this.#waiters.add(taken, rejected, wait, aborted)
        } catch (error) {
          reject(error)
        }
      }
      const rejected = (error: Error) => {
        reject(error)
        this.#settleEmpty()
      }
      this.#waiters.add(taken, rejected, wait, aborted)
    })
  }

  /** Runs `then` when nothing waits any more: now, or after the last one was sent or taken back. */
  whenEmpty(then: () => void): void {
    this.#whenEmpty = then
    this.#settleEmpty()
  }

  /** Enough has left: sends go on until the mark is reached again. */
  handleDrained(): void {
    if (this.#broken) return
    this.#blocked = false
    while (!this.#blocked && !this.#broken && this.#waiters.length > 0) this.#waiters.shift()?.resolve()
    this.#settleEmpty()
  }

  /** Nothing that waits will be sent. */
  rejectAll(error: () => Error): void {
    this.#whenEmpty = undefined
    this.#waiters.rejectAll(error)
  }

  #settleEmpty(): void {
    if (this.#waiters.length > 0) return
    const then = this.#whenEmpty
    this.#whenEmpty = undefined
    then?.()
  }
}
