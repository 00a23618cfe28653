/** Receiving of the promise API: queued messages, the calls that wait for one, and turns of the event loop in between. */

import { AbortError, TimeoutError } from '../errors/classes.js'
import { noteTaken } from '../native/flush.js'
import type { Message } from '../native/payload.js'
import type { Leases } from '../native/slabs.js'
import { own } from '../node/timers.js'
import type { Wait } from '../options/wait.js'
import { withCallerStack } from './caller-stack.js'
import { afterTurn, isTurnDue } from './fair-turns.js'
import type { Inbox } from './inbox.js'
import { DONE, LEFT, MessageIterator } from './iteration.js'
import type { Reading } from './reading.js'
import { Waiters, within } from './waiters.js'

const aborted = (reason: unknown) => new AbortError(reason)

/** What receiving needs of its connection. */
export interface Receivable {
  /** Whether no more messages can arrive. */
  readonly isOver: boolean
  /** Whether iteration ends without an error. */
  readonly endedNormally: boolean
  /** The error of a call after the last message. */
  endError(): Error
  /** Completes an error that is not about the end. */
  explain<E extends Error>(error: E): E
  /** Reads what has arrived. */
  turn(): void
}

/** The receive queue of one connection, and its pending calls. */
export class Receiving {
  readonly inbox: Inbox
  readonly #leases: Leases | undefined
  readonly #reading: Reading
  readonly #connection: Receivable
  readonly #waiters: Waiters<Message>
  /** Whether calls wait for a turn of the loop although messages are queued. */
  #isYielding = false

  constructor(inbox: Inbox, leases: Leases | undefined, reading: Reading, connection: Receivable) {
    this.inbox = inbox
    this.#leases = leases
    this.#reading = reading
    this.#connection = connection
    const timedOut = (wait: Wait) =>
      connection.explain(
        new TimeoutError('ERR_WS_RECEIVE_TIMEOUT', 'open', `no message came ${within(wait)}`),
      )
    this.#waiters = new Waiters(timedOut, own, () => {
      // The loop has had its turn, since a timer has fired: a queued message is not late.
      this.#serve()
      connection.turn()
    })
  }

  /** Whether calls wait for a turn of the loop although messages are queued. */
  get isYielding(): boolean {
    return this.#isYielding
  }

  /** Resolves with the next message. */
  recv(wait: Wait): Promise<Message> {
    const message = this.#take()
    if (message !== undefined) return Promise.resolve(message)
    if (this.#connection.isOver && !this.#isYielding) return Promise.reject(this.#connection.endError())
    return new Promise((resolve) =>
      this.#waiters.add(resolve, (error) => resolve(withCallerStack(error)), wait, aborted),
    )
  }

  /** Takes a queued message, unless an earlier call waits for one. */
  tryRecv(): Message | undefined {
    if (this.#waiters.length > 0) return undefined
    this.#leases?.release(this.inbox.taken)
    return this.#shift()
  }

  /** Takes at most `max` queued messages, unless an earlier call waits for one. */
  takeQueued(max: number): Message[] {
    if (this.#waiters.length > 0) return []
    const messages = this.inbox.take(max)
    this.#resume()
    return messages
  }

  /** Iterates over the messages. Each pending call of `next` waits as `wait` says. */
  iterate(wait: Wait): AsyncIterableIterator<Message> {
    return new MessageIterator({
      next: (iterator) => this.#next(iterator, wait),
      leave: (iterator) => {
        for (const waiter of this.#waiters.removeOf(iterator)) waiter.reject(LEFT)
      },
    })
  }

  /** Gives a message that has arrived to the first pending call, or queues it. */
  handleMessage(message: Message, bytes: number, isWanted: boolean): void {
    const waiter = this.#isYielding ? undefined : this.#waiters.shift()
    if (waiter !== undefined) waiter.resolve(message)
    else if (isWanted || !this.inbox.isFull) this.inbox.push(message, bytes)
  }

  /** The connection has ended: serves pending calls from the queue and rejects the rest. */
  end(): void {
    this.#serve()
    this.#rejectAll()
  }

  #rejectAll(): void {
    this.#waiters.rejectAll(() => this.#connection.endError())
  }

  #next(iterator: object, wait: Wait): Promise<IteratorResult<Message>> {
    const message = this.#take()
    if (message !== undefined) return Promise.resolve({ value: message, done: false })
    const connection = this.#connection
    if (connection.isOver && !this.#isYielding)
      return connection.endedNormally ? Promise.resolve(DONE) : Promise.reject(connection.endError())
    return new Promise((resolve) => {
      const end = (error: Error) => {
        const isDone = error === LEFT || (connection.isOver && connection.endedNormally)
        resolve(isDone ? DONE : withCallerStack(error))
      }
      this.#waiters.add((value) => resolve({ value, done: false }), end, wait, aborted, iterator)
    })
  }

  /** Takes the next queued message; `undefined` if there is none, or if the call has to wait for a turn of the loop. */
  #take(): Message | undefined {
    this.#leases?.release(this.inbox.taken)
    if (this.#isYielding || (isTurnDue() && this.#startYield())) return undefined
    const message = this.inbox.shift()
    if (message !== undefined) noteTaken()
    if (this.#reading.isPaused) this.#resume()
    return message
  }

  #shift(): Message | undefined {
    const message = this.inbox.shift()
    if (message !== undefined) noteTaken()
    if (this.#reading.isPaused) this.#resume()
    return message
  }

  #resume(): void {
    if (this.#reading.isPaused && this.inbox.isHalfEmpty) this.#reading.resume()
  }

  /** Has calls wait for a turn of the loop if messages are queued. Returns whether they wait. */
  #startYield(): boolean {
    if (this.inbox.length === 0) return false
    this.#isYielding = true
    afterTurn(() => this.#serve())
    return true
  }

  /** The loop has had a turn: serves the calls that waited for it. */
  #serve(): void {
    if (!this.#isYielding) return
    this.#isYielding = false
    while (this.#waiters.length > 0 && this.inbox.length > 0)
      this.#waiters.shift()?.resolve(this.#shift() as Message)
    // Calls made while others waited for the turn, more than there were messages.
    if (this.#connection.isOver) this.#rejectAll()
  }
}
