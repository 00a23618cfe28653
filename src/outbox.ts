/**
 * Sends that wait because enough is unsent already. They are held here, as the caller gave them, and
 * accepted in order when enough has left; until then each can still be taken back.
 */

import { AbortError, TimeoutError } from './errors.js'
import type { Data } from './payload.js'
import { type Wait, Waiters } from './waiters.js'

const expired = () =>
  new TimeoutError('ERR_WS_SEND_TIMEOUT', 'open', 'the peer takes too little: the message was not sent')
const aborted = (reason: unknown) => new AbortError(reason)

/** The sends of one connection that wait. */
export class Outbox {
  readonly #transmit: (data: Data) => number
  readonly #over: () => Error
  readonly #highWaterMark: number
  readonly #waiters = new Waiters<void>(expired)
  #whenEmpty: (() => void) | undefined
  #blocked = false

  /**
   * @param transmit gives a message to native code and says how many bytes are unsent then
   * @param over makes the error of a send on a connection that is over
   * @param highWaterMark unsent bytes at which sends wait
   */
  constructor(transmit: (data: Data) => number, over: () => Error, highWaterMark: number) {
    this.#transmit = transmit
    this.#over = over
    this.#highWaterMark = highWaterMark
  }

  /** Whether a send has to wait. */
  get isBlocked(): boolean {
    return this.#blocked || this.#waiters.length > 0
  }

  /** Sends now. */
  send(data: Data): void {
    const unsent = this.#transmit(data)
    this.#blocked = unsent >= this.#highWaterMark
    if (unsent < 0) throw this.#over()
  }

  /** Sends later, or not at all where the wait ends before. */
  wait(data: Data, wait: Wait): Promise<void> {
    return new Promise((resolve, reject) => {
      const taken = () => {
        try {
          this.send(data)
          resolve()
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
    this.#blocked = false
    while (!this.#blocked && this.#waiters.length > 0) this.#waiters.shift()?.resolve()
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
