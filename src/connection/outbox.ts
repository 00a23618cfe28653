/** The send queue: sends that wait for back-pressure, accepted in order when enough bytes have left. Each can be cancelled. */

import { AbortError, TimeoutError } from '../errors/classes.js'
import type { Data } from '../native/payload.js'
import { own } from '../node/timers.js'
import type { Wait } from '../options/wait.js'
import { settle } from './end.js'
import { Waiters, within } from './waiters.js'

/** The error of a send whose deadline has passed. */
export function sendExpired(wait: Wait): TimeoutError {
  const message = `the message was not sent ${within(wait)}: the peer reads too slowly`
  return new TimeoutError('ERR_WS_SEND_TIMEOUT', 'open', message)
}

const aborted = (reason: unknown) => new AbortError(reason)

/** The send queue of one connection of the promise API. */
export class Outbox {
  readonly #transmit: (data: Data) => number
  readonly #highWaterMark: number
  readonly #waiters: Waiters<void>
  #whenEmpty: (() => void) | undefined
  /** Whether `highWaterMark` bytes or more are unsent. */
  #isPaused = false
  /** Whether native code accepts no more messages. Pending sends are rejected once the reason is known. */
  #isBroken = false

  /**
   * @param transmit passes a message to native code and returns the bytes that are unsent
   * @param highWaterMark unsent bytes at which sends wait
   * @param explain completes the error of a send that waited too long
   * @param readFirst see {@link Waiters}
   */
  constructor(
    transmit: (data: Data) => number,
    highWaterMark: number,
    explain: (error: Error) => Error = (error) => error,
    readFirst?: () => void,
  ) {
    this.#transmit = transmit
    this.#waiters = new Waiters((wait) => explain(sendExpired(wait)), own, readFirst)
    this.#highWaterMark = highWaterMark
  }

  /** Whether no send is pending. */
  get isEmpty(): boolean {
    return this.#waiters.length === 0
  }

  /** Whether the next send waits. */
  get mustWait(): boolean {
    return this.#isPaused || this.#isBroken || this.#waiters.length > 0
  }

  /**
   * Sends now. Returns whether the message was accepted. A connection whose socket has failed accepts none, and the
   * peer's close frame may still be unread: let the message {@link wait} for it.
   */
  send(data: Data): boolean {
    const unsent = this.#transmit(data)
    this.#isPaused = unsent >= this.#highWaterMark
    this.#isBroken = unsent < 0
    return !this.#isBroken
  }

  /** Sends when back-pressure ends. Rejects without sending if the wait ends before. */
  wait(data: Data, wait: Wait): Promise<void> {
    return settle((resolve, reject) => {
      const transmit = () => {
        try {
          if (this.send(data)) resolve()
          else this.#waiters.add(transmit, rejected, wait, aborted)
        } catch (error) {
          reject(error as Error)
        }
      }
      const rejected = (error: Error) => {
        reject(error)
        this.#settleEmpty()
      }
      this.#waiters.add(transmit, rejected, wait, aborted)
    })
  }

  /** Runs `then` when no send is pending: now, or after the last one was sent or cancelled. */
  whenEmpty(then: () => void): void {
    this.#whenEmpty = then
    this.#settleEmpty()
  }

  /** Resumes pending sends until the high-water mark is reached again. Called when enough bytes have left. */
  handleDrained(): void {
    if (this.#isBroken) return
    this.#isPaused = false
    while (!this.#isPaused && !this.#isBroken && this.#waiters.length > 0) this.#waiters.shift()?.resolve()
    this.#settleEmpty()
  }

  /** Rejects all pending sends. */
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
