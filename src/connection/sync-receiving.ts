/** Receiving of the blocking API: queued messages, streams, and waits for what arrives. */

import { TimeoutError, WebSocketError } from '../errors/classes.js'
import { WOKEN_DEADLINE, WOKEN_DELIVERED } from '../native/binding.js'
import type { Message } from '../native/payload.js'
import type { Leases } from '../native/slabs.js'
import type { Wait } from '../options/wait.js'
import { Arrivals, type Streamable } from './arrivals.js'
import { ArrivingMessage, type Kind } from './arriving-message.js'
import { Deadline } from './deadline.js'
import type { Inbox } from './inbox.js'
import { chunkExpired } from './streamed-message.js'
import { SyncMessageStream, type SyncStreamOwner } from './sync-message-stream.js'
import { within } from './waiters.js'

/** The error of a call that would never return: only another call of this thread can make room in the queue. */
function unread(): WebSocketError {
  const message = 'the receive queue is full of chunks of an earlier stream: read it to its end, or cancel it'
  return new WebSocketError('ERR_WS_UNREAD_STREAM', 'open', message)
}

/** What receiving needs of its connection. */
export interface SyncReceivable extends Streamable {
  /** Whether no more messages can arrive. */
  readonly isOver: boolean
  /** Whether iteration ends without an error. */
  readonly endedNormally: boolean
  /** The error of a call after the last message. */
  endError(): Error
  /** Completes an error that is not about the end. */
  explain<E extends Error>(error: E): E
  /** Waits on this thread, for reading. Returns one of the constants `WOKEN_`. */
  waitUntil(drainTo: -1, deadline: Deadline): number
  /** Fails the connection: no message came for `idleTimeout`. */
  endIdle(): void
}

/** Times in ms. */
interface Limits {
  readonly idleTimeout: number
  readonly iterationTimeout: number
}

/** The receive queue of one connection, and what arrives. */
export class SyncReceiving implements SyncStreamOwner {
  readonly #inbox: Inbox
  readonly #leases: Leases | undefined
  readonly #connection: SyncReceivable
  readonly #arrivals: Arrivals
  readonly #idleTimeout: number
  /** How long iteration, and each call for a chunk, waits. */
  readonly #iterationWait: Wait
  /** When the connection is idle for `idleTimeout`; missing without that option. */
  #idleAt: Deadline | undefined

  constructor(
    inbox: Inbox,
    leases: Leases | undefined,
    connection: SyncReceivable,
    { idleTimeout, iterationTimeout }: Limits,
  ) {
    this.#inbox = inbox
    this.#leases = leases
    this.#connection = connection
    this.#arrivals = new Arrivals(connection, inbox)
    this.#idleTimeout = idleTimeout
    this.#iterationWait = { timeout: iterationTimeout, option: 'receiveTimeout' }
    this.#noteMessage()
  }

  recv(wait: Wait): Message {
    this.#leases?.release(this.#inbox.taken)
    return this.#inbox.shift() ?? this.#await(() => this.#takeMessage(), wait, lateError)
  }

  recvStream(wait: Wait): SyncMessageStream {
    this.#leases?.release(this.#inbox.taken)
    try {
      const message = this.#await(() => this.#takeStream(), wait, lateError)
      return new SyncMessageStream(message, this)
    } finally {
      this.#arrivals.withdraw()
    }
  }

  /** Whether native code holds a message that is larger than `maxMessageSize`. */
  get isHeld(): boolean {
    return this.#arrivals.isHeld
  }

  /** Takes at most `max` queued messages. */
  takeQueued(max: number): Message[] {
    return this.#inbox.take(max)
  }

  /** Takes the next message if one is queued or has arrived. */
  tryRecv(): Message | undefined {
    this.#leases?.release(this.#inbox.taken)
    let message = this.#inbox.shift()
    if (message !== undefined || this.#connection.isOver || this.#isUnread) return message
    this.#connection.waitUntil(-1, new Deadline(0))
    message = this.#inbox.shift()
    if (message === undefined && this.#arrivals.isTooBig) {
      this.#arrivals.refuse()
      // Delivers the failure.
      this.#connection.waitUntil(-1, new Deadline(0))
    }
    return message
  }

  recvChunk(message: ArrivingMessage): Message | undefined {
    this.#leases?.release(this.#inbox.taken)
    const isDone = () => message.isComplete || message.isSkipped
    // The end is no chunk, and is not waited for again.
    const take = () => message.shift() ?? (isDone() ? DONE : message.isBroken ? BROKEN : undefined)
    const chunk = this.#await(take, this.#iterationWait, chunkExpired)
    if (chunk === BROKEN) throw this.#connection.endError()
    return chunk === DONE ? undefined : (chunk as Message)
  }

  skip(message: ArrivingMessage): void {
    this.#arrivals.skip(message)
  }

  /** Iterates over the messages until the connection ends. */
  *iterate(): IterableIterator<Message> {
    const connection = this.#connection
    const hasEnded = () => connection.isOver && connection.endedNormally
    for (;;) {
      if (this.#inbox.length === 0 && hasEnded()) return
      let message: Message
      try {
        message = this.recv(this.#iterationWait)
      } catch (error) {
        if (hasEnded()) return
        throw error
      }
      yield message
    }
  }

  /** @param isWanted whether the message is queued although the receive queue is full */
  handleMessage(message: Message, bytes: number, isWanted: boolean): void {
    this.#noteMessage()
    if (this.#arrivals.isArriving) this.#addChunk(message, bytes, isWanted)
    else if (isWanted || !this.#inbox.isFull) this.#inbox.push(message, bytes)
  }

  handleStreamStart(kind: Kind): void {
    this.#arrivals.begin(kind)
  }

  handleStreamEnd(isWanted: boolean): void {
    const gathered = this.#arrivals.end()
    if (gathered !== undefined && (isWanted || !this.#inbox.isFull))
      this.#inbox.push(gathered.message, gathered.bytes)
  }

  handleHeld(): void {
    this.#arrivals.hold()
  }

  /** This side closes the connection. */
  close(): void {
    this.#arrivals.close()
  }

  /** Whether a stream that is not read has filled the queue. */
  get #isUnread(): boolean {
    return this.#inbox.isFull && this.#arrivals.isStreaming
  }

  /** Reads until there is something to take. */
  #await<T>(take: () => T | undefined, wait: Wait, late: (wait: Wait) => Error): T {
    const connection = this.#connection
    const deadline = new Deadline(wait.timeout)
    let woken = WOKEN_DELIVERED
    for (;;) {
      const taken = take()
      if (taken !== undefined) return taken
      if (connection.isOver) throw connection.endError()
      if (woken === WOKEN_DEADLINE && deadline.left === 0) throw connection.explain(late(wait))
      if (woken === WOKEN_DEADLINE && this.#idleAt?.left === 0) connection.endIdle()
      else
        woken = connection.waitUntil(
          -1,
          this.#idleAt === undefined ? deadline : deadline.within(this.#idleAt.left),
        )
    }
  }

  /** Takes a queued message. Refuses one that is too large to be gathered. */
  #takeMessage(): Message | undefined {
    const message = this.#inbox.shift()
    if (message !== undefined) return message
    if (this.#arrivals.isTooBig) this.#arrivals.refuse()
    else if (this.#isUnread) throw this.#connection.explain(unread())
    return undefined
  }

  /** Takes a queued message, or the one that is arriving. */
  #takeStream(): ArrivingMessage | undefined {
    const message = this.#inbox.shift()
    if (message !== undefined) return ArrivingMessage.of(message)
    if (this.#connection.isOver) return undefined
    if (this.#isUnread) throw this.#connection.explain(unread())
    return this.#arrivals.take()
  }

  #addChunk(chunk: Message, bytes: number, isWanted: boolean): void {
    // A chunk may stay queued for longer than its slab is leased.
    const isLeased = this.#leases !== undefined && typeof chunk !== 'string'
    this.#arrivals.add(isLeased ? Buffer.from(chunk) : chunk, bytes, isWanted)
  }

  #noteMessage(): void {
    if (this.#idleTimeout !== Number.POSITIVE_INFINITY) this.#idleAt = new Deadline(this.#idleTimeout)
  }
}

/** The end of a message, and of one that cannot be completed. */
const DONE = Symbol('done')
const BROKEN = Symbol('broken')

function lateError(wait: Wait): Error {
  return new TimeoutError('ERR_WS_RECEIVE_TIMEOUT', 'open', `no message came ${within(wait)}`)
}
