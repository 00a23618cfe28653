/**
 * Receiving of the promise API: queued messages, the calls that wait for one, streams, and turns of the event loop in
 * between.
 */

import { AbortError, TimeoutError } from '../errors/classes.js'
import { noteTaken } from '../native/flush.js'
import type { Message } from '../native/payload.js'
import type { Leases } from '../native/slabs.js'
import { own } from '../node/timers.js'
import type { Wait } from '../options/wait.js'
import { Arrivals, type Streamable } from './arrivals.js'
import { ArrivingMessage, type Kind } from './arriving-message.js'
import { withCallerStack } from './caller-stack.js'
import { afterTurn, isTurnDue, Share } from './fair-turns.js'
import type { Inbox } from './inbox.js'
import { DONE, LEFT, MessageIterator } from './iteration.js'
import { MessageStream } from './message-stream.js'
import type { Reading } from './reading.js'
import { StreamedMessage, type StreamOwner } from './streamed-message.js'
import { Waiters, within } from './waiters.js'

const aborted = (reason: unknown) => new AbortError(reason)

/** The owner of calls that wait for a stream, not for a message. */
const STREAM = {}

/** What receiving needs of its connection. */
export interface Receivable extends Streamable {
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
export class Receiving implements StreamOwner {
  readonly inbox: Inbox
  readonly #leases: Leases | undefined
  readonly #reading: Reading
  readonly #connection: Receivable
  /**
   * The calls for a message and, of the owner {@link STREAM}, those for a stream: these may get one in progress. Made with
   * the first call that waits.
   */
  #waiters: Waiters<Message | ArrivingMessage> | undefined
  /** Made with the first message that is not gathered by native code. */
  #arrivals: Arrivals | undefined
  /** How long each call for a chunk waits. */
  readonly #chunkWait: Wait
  readonly #share = new Share()
  /** Whether no message of the batch being delivered has come yet. */
  #isBatchNew = true
  /** Whether calls wait for a turn of the loop although messages are queued. */
  #isYielding = false

  constructor(
    inbox: Inbox,
    leases: Leases | undefined,
    reading: Reading,
    connection: Receivable,
    chunkWait: Wait,
  ) {
    this.inbox = inbox
    this.#leases = leases
    this.#reading = reading
    this.#connection = connection
    this.#chunkWait = chunkWait
  }

  /** Whether calls wait for a turn of the loop although messages are queued. */
  get isYielding(): boolean {
    return this.#isYielding
  }

  /** Resolves with the next message. */
  recv(wait: Wait): Promise<Message> {
    const message = this.#take()
    if (message !== undefined) return Promise.resolve(message)
    if (this.isOver && !this.#isYielding) return Promise.reject(this.endError())
    return new Promise((resolve) =>
      this.#add(resolve as (value: unknown) => void, (error) => resolve(withCallerStack(error)), wait),
    )
  }

  /** Resolves with the next message as a stream, as soon as that has begun. */
  recvStream(wait: Wait): Promise<MessageStream> {
    const message = this.#take()
    if (message !== undefined) return Promise.resolve(this.#toStream(message))
    if (this.isOver && !this.#isYielding) return Promise.reject(this.endError())
    return new Promise((resolve) =>
      this.#add(
        (value) => resolve(this.#toStream(value)),
        (error) => resolve(withCallerStack(error)),
        wait,
        STREAM,
      ),
    )
  }

  /** Takes a queued message, unless an earlier call waits for one. */
  tryRecv(): Message | undefined {
    if (this.#hasPending) return undefined
    this.#leases?.release(this.inbox.taken)
    const message = this.#shift()
    if (message === undefined && this.#isTooBig) this.#refuse()
    return message
  }

  /** Takes at most `max` queued messages, unless an earlier call waits for one. */
  takeQueued(max: number): Message[] {
    if (this.#hasPending) return []
    const messages = this.inbox.take(max)
    this.#resume()
    return messages
  }

  /** Iterates over the messages. Each pending call of `next` waits as `wait` says. */
  iterate(wait: Wait): AsyncIterableIterator<Message> {
    return new MessageIterator({
      next: (iterator) => this.#next(iterator, wait),
      leave: (iterator) => {
        for (const waiter of this.#waiters?.removeOf(iterator) ?? []) waiter.reject(LEFT)
      },
    })
  }

  /**
   * Gives a message that has arrived to the first pending call, or queues it. While a message arrives in chunks, adds a
   * chunk to it.
   */
  handleMessage(message: Message, bytes: number, isWanted: boolean): void {
    if (this.#arrivals?.isArriving) this.#addChunk(message, bytes, isWanted)
    else this.#handleWhole(message, bytes, isWanted)
  }

  handleStreamStart(kind: Kind): void {
    this.#toArrivals().begin(kind)
  }

  handleStreamEnd(isWanted: boolean): void {
    const gathered = this.#arrivals?.end()
    if (gathered === undefined) return
    const isTooBig = gathered.bytes > this.#connection.maxMessageSize
    // The call that asked for a stream may have gone since the message began.
    if (isTooBig && this.#waiters?.firstOwner !== STREAM) this.#connection.failTooBig()
    else this.#handleWhole(gathered.message, gathered.bytes, isWanted)
  }

  handleHeld(): void {
    this.#toArrivals().hold()
  }

  /** Decides about messages of which a part has arrived. */
  handleBatchEnd(): void {
    this.#isBatchNew = true
    this.#advance()
    this.#reading.setHeld(this.#arrivals?.isHeld === true)
  }

  /** Whether reading has to be paused: the receive queue is full, or a message is too large to be gathered here. */
  get isFull(): boolean {
    return this.inbox.isFull || this.#arrivals?.isOverLimit === true
  }

  /** This side closes the connection. */
  close(): void {
    this.#toArrivals().close()
    this.#reading.setHeld(false)
  }

  get isOver(): boolean {
    return this.#connection.isOver
  }

  endError(): Error {
    return this.#connection.endError()
  }

  explain<E extends Error>(error: E): E {
    return this.#connection.explain(error)
  }

  turn(): void {
    this.#connection.turn()
  }

  handleTaken(): void {
    this.#leases?.release(this.inbox.taken)
    this.#resume()
  }

  skip(message: ArrivingMessage): void {
    this.#arrivals?.skip(message)
  }

  #addChunk(chunk: Message, bytes: number, isWanted: boolean): void {
    // A chunk may stay queued for longer than its slab is leased.
    const isLeased = this.#leases !== undefined && typeof chunk !== 'string'
    this.#arrivals?.add(isLeased ? Buffer.from(chunk) : chunk, bytes, isWanted)
  }

  #handleWhole(message: Message, bytes: number, isWanted: boolean): void {
    const isPending = this.#hasPending && !this.#isYielding
    // One message in a batch is what a request gets, and no flood: it does not count.
    const mustWait = isPending && !this.#isBatchNew && this.#share.isSpent()
    this.#isBatchNew = false
    if (isPending && !mustWait) this.#waiters?.shift()?.resolve(message)
    else if (isWanted || !this.inbox.isFull) this.inbox.push(message, bytes)
    if (mustWait) this.#startYield()
  }

  /** The connection has ended: serves pending calls from the queue and rejects the rest. */
  end(): void {
    this.#reading.setHeld(false)
    this.#serve()
    this.#rejectAll()
    this.#arrivals?.fail()
  }

  get #hasPending(): boolean {
    return this.#waiters !== undefined && this.#waiters.length > 0
  }

  get #isTooBig(): boolean {
    return this.#arrivals?.isTooBig === true
  }

  #toArrivals(): Arrivals {
    this.#arrivals ??= new Arrivals(this.#connection, this.inbox)
    return this.#arrivals
  }

  #toWaiters(): Waiters<Message | ArrivingMessage> {
    this.#waiters ??= new Waiters(
      (wait) => this.#timeout(wait),
      own,
      () => {
        // The loop has had its turn, since a timer has fired: a queued message is not late.
        this.#serve()
        this.#connection.turn()
        // Nor is one that was read just now, if it had to wait behind other connections.
        this.#serve()
      },
    )
    return this.#waiters
  }

  #timeout(wait: Wait): Error {
    const message = `no message came ${within(wait)}`
    return this.#connection.explain(new TimeoutError('ERR_WS_RECEIVE_TIMEOUT', 'open', message))
  }

  #rejectAll(): void {
    this.#waiters?.rejectAll(() => this.endError())
  }

  #add(
    resolve: (value: Message | ArrivingMessage) => void,
    reject: (error: Error) => void,
    wait: Wait,
    owner?: object,
  ): void {
    const leave = (error: Error) => {
      reject(error)
      this.#advance()
    }
    this.#toWaiters().add(resolve, leave, wait, aborted, owner)
    this.#advance()
  }

  /** Gives a message in progress to the first pending call, if that is for a stream, and refuses one that is too large. */
  #advance(): void {
    const isForStream = this.#waiters?.firstOwner === STREAM
    if (!isForStream) this.#arrivals?.withdraw()
    if (!isForStream && !this.#isTooBig) return
    if (!this.#hasPending || this.#isYielding || this.isOver) return
    if (!isForStream) {
      this.#refuse()
      return
    }
    const arrivals = this.#toArrivals()
    const message = arrivals.take()
    this.#reading.setHeld(arrivals.isHeld)
    if (message === undefined) return
    this.#waiters?.shift()?.resolve(message)
    // Reading may have been paused because the message was too large to be gathered.
    this.#resume()
  }

  #refuse(): void {
    this.#arrivals?.refuse()
    this.#reading.setHeld(false)
  }

  #toStream(value: Message | ArrivingMessage): MessageStream {
    const message = value instanceof ArrivingMessage ? value : ArrivingMessage.of(value)
    return new MessageStream(new StreamedMessage(message, this, this.#chunkWait))
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
      this.#add((value) => resolve({ value: value as Message, done: false }), end, wait, iterator)
    })
  }

  /** Takes the next queued message; `undefined` if there is none, or if the call has to wait for a turn of the loop. */
  #take(): Message | undefined {
    this.#leases?.release(this.inbox.taken)
    if (this.#isYielding || (this.#mustYield() && this.#startYield())) return undefined
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
    if (this.#reading.isPaused && this.inbox.isHalfEmpty && !this.#arrivals?.isOverLimit)
      this.#reading.resume()
  }

  #mustYield(): boolean {
    return isTurnDue() || (this.inbox.length > 0 && this.#share.isSpent())
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
    while (this.#hasPending && this.inbox.length > 0)
      this.#waiters?.shift()?.resolve(this.#shift() as Message)
    this.#share.grant(this.inbox.length)
    // Calls made while others waited for the turn, more than there were messages.
    if (this.isOver) this.#rejectAll()
    else this.#advance()
  }
}
