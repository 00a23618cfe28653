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

/** What the send queue needs of its connection. */
interface Owner {
  /** Passes a message to native code and returns the bytes that are unsent. */
  transmit(data: Data): number
  /** Completes the error of a send that waited too long. */
  explain<E extends Error>(error: E): E
  /** Reads what has arrived. */
  turn(): void
}

/**
 * The send queue of one connection of the promise API. A new one has no functions of its own: some of them kept closed
 * connections in memory until V8 collected the whole heap.
 */
export class Outbox {
  readonly #owner: Owner
  readonly #highWaterMark: number
  /** Made with the first send that waits. */
  #waiters: Waiters<void> | undefined
  /** The wait for room of a message that is sent in fragments. Made with the first one. */
  #room: Waiters<void> | undefined
  /** Whether a message is being sent in fragments: other messages are sent when it is complete. */
  #isReserved = false
  #whenEmpty: (() => void) | undefined
  /** Whether `highWaterMark` bytes or more are unsent. */
  #isPaused = false
  /** Whether native code accepts no more messages. Pending sends are rejected once the reason is known. */
  #isBroken = false

  /** @param highWaterMark unsent bytes at which sends wait */
  constructor(owner: Owner, highWaterMark: number) {
    this.#owner = owner
    this.#highWaterMark = highWaterMark
  }

  /** Whether no send is pending. */
  get isEmpty(): boolean {
    return !this.#hasPending && !this.#isReserved
  }

  get #hasPending(): boolean {
    return this.#waiters !== undefined && this.#waiters.length > 0
  }

  /** Whether a message is being sent in fragments. */
  get isReserved(): boolean {
    return this.#isReserved
  }

  /** Whether the next send waits. */
  get mustWait(): boolean {
    return this.isBlocked || this.#isReserved || this.#hasPending
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
    return this.#accept(this.#owner.transmit(data))
  }

  /** Sends a frame now, as {@link send} does. `transmit` passes it to native code. */
  transmit(transmit: () => number): boolean {
    return this.#accept(transmit())
  }

  /** Sends when back-pressure ends. Rejects without sending if the wait ends before. */
  wait(transmit: () => number, wait: Wait): Promise<void> {
    const waiters = this.#toWaiters()
    return settle((resolve, reject) => {
      const attempt = () => {
        try {
          if (this.transmit(transmit)) resolve()
          else waiters.add(attempt, rejected, wait, aborted)
        } catch (error) {
          reject(error as Error)
        }
      }
      const rejected = this.#leaving(reject)
      waiters.add(attempt, rejected, wait, aborted)
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
      this.#toWaiters().add(taken, this.#leaving(reject), wait, aborted)
    })
  }

  /** Ends a reservation: the message is sent, or failed. */
  release(): void {
    this.#isReserved = false
    this.#sendPending()
  }

  /** Waits until the next fragment can be sent. */
  room(wait: Wait): Promise<void> {
    this.#room ??= this.#makeWaiters(sendExpired)
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
    this.#waiters?.rejectAll(error)
    this.#room?.rejectAll(error)
  }

  #accept(unsent: number): boolean {
    this.#isPaused = unsent >= this.#highWaterMark
    this.#isBroken = unsent < 0
    return !this.#isBroken
  }

  #toWaiters(): Waiters<void> {
    this.#waiters ??= this.#makeWaiters((wait) =>
      this.#isReserved && !this.isBlocked ? heldUp(wait) : sendExpired(wait),
    )
    return this.#waiters
  }

  /** @param late makes the error of a send whose deadline has passed */
  #makeWaiters(late: (wait: Wait) => Error): Waiters<void> {
    const owner = this.#owner
    return new Waiters(
      (wait) => owner.explain(late(wait)),
      own,
      () => owner.turn(),
    )
  }

  #sendPending(): void {
    while (!this.isBlocked && !this.#isReserved && this.#hasPending) this.#waiters?.shift()?.resolve()
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
