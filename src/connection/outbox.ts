/**
 * The send queue: sends that wait for back-pressure, or for the end of a message in fragments, accepted in order when
 * enough bytes have left. Each can be cancelled.
 */

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

/** The error of a send whose deadline has passed while a message before it was waiting for its own chunks. */
function heldUp(wait: Wait): TimeoutError {
  const message = `the message was not sent ${within(wait)}: the one before it, whose chunks are sent as they come, is not complete`
  return new TimeoutError('ERR_WS_SEND_TIMEOUT', 'open', message)
}

const aborted = (reason: unknown) => new AbortError(reason)

/** The send queue of one connection of the promise API. */
export class Outbox {
  readonly #transmit: (data: Data) => number
  readonly #highWaterMark: number
  readonly #waiters: Waiters<void>
  /** The wait for room of a message that is sent in fragments. Made with the first one. */
  #room: Waiters<void> | undefined
  readonly #makeRoom: () => Waiters<void>
  /** Whether a message is being sent in fragments: other messages are sent when it is complete. */
  #isReserved = false
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
    this.#makeRoom = () => new Waiters((wait) => explain(sendExpired(wait)), own, readFirst)
    const late = (wait: Wait) => (this.#isReserved && !this.isBlocked ? heldUp(wait) : sendExpired(wait))
    this.#waiters = new Waiters((wait) => explain(late(wait)), own, readFirst)
    this.#highWaterMark = highWaterMark
  }

  /** Whether no send is pending. */
  get isEmpty(): boolean {
    return this.#waiters.length === 0 && !this.#isReserved
  }

  /** Whether a message is being sent in fragments. */
  get isReserved(): boolean {
    return this.#isReserved
  }

  /** Whether the next send waits. */
  get mustWait(): boolean {
    return this.isBlocked || this.#isReserved || this.#waiters.length > 0
  }

  /** Whether no frame can be sent now. */
  get isBlocked(): boolean {
    return this.#isPaused || this.#isBroken
  }

  /**
   * Sends now. Returns whether the message was accepted. A connection whose socket has failed accepts none, and the
   * peer's close frame may still be unread: let the message {@link wait} for it.
   */
  send(data: Data): boolean {
    return this.#accept(this.#transmit(data))
  }

  /** Sends a frame now, as {@link send} does. `transmit` passes it to native code. */
  transmit(transmit: () => number): boolean {
    return this.#accept(transmit())
  }

  /** Sends when back-pressure ends. Rejects without sending if the wait ends before. */
  wait(transmit: () => number, wait: Wait): Promise<void> {
    return settle((resolve, reject) => {
      const attempt = () => {
        try {
          if (this.transmit(transmit)) resolve()
          else this.#waiters.add(attempt, rejected, wait, aborted)
        } catch (error) {
          reject(error as Error)
        }
      }
      const rejected = this.#leaving(reject)
      this.#waiters.add(attempt, rejected, wait, aborted)
    })
  }

  /**
   * Waits until the sends before this one are sent, and keeps those after it waiting until {@link release}. Returns
   * `undefined` if there is nothing to wait for.
   */
  reserve(wait: Wait): Promise<void> | undefined {
    const take = () => {
      this.#isReserved = true
    }
    if (!this.mustWait) {
      take()
      return undefined
    }
    return settle((resolve, reject) => {
      const taken = () => {
        take()
        resolve()
      }
      this.#waiters.add(taken, this.#leaving(reject), wait, aborted)
    })
  }

  /** Ends a reservation: the message is sent, or failed. */
  release(): void {
    this.#isReserved = false
    this.#sendPending()
  }

  /** Waits until the next fragment can be sent. */
  room(wait: Wait): Promise<void> {
    this.#room ??= this.#makeRoom()
    const room = this.#room
    return settle((resolve, reject) => room.add(resolve, reject, wait, aborted))
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
    if (this.#isReserved) this.#room?.shift()?.resolve()
    else this.#sendPending()
  }

  /** Rejects all pending sends. */
  rejectAll(error: () => Error): void {
    this.#whenEmpty = undefined
    this.#waiters.rejectAll(error)
    this.#room?.rejectAll(error)
  }

  #accept(unsent: number): boolean {
    this.#isPaused = unsent >= this.#highWaterMark
    this.#isBroken = unsent < 0
    return !this.#isBroken
  }

  #sendPending(): void {
    while (!this.isBlocked && !this.#isReserved && this.#waiters.length > 0) this.#waiters.shift()?.resolve()
    this.#settleEmpty()
  }

  /** Rejects a send that leaves the queue. */
  #leaving(reject: (error: Error) => void): (error: Error) => void {
    return (error) => {
      reject(error)
      this.#settleEmpty()
    }
  }

  #settleEmpty(): void {
    if (!this.isEmpty) return
    const then = this.#whenEmpty
    this.#whenEmpty = undefined
    then?.()
  }
}
