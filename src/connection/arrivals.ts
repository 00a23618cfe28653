/**
 * What becomes of messages that are not gathered by native code: they are streamed, held, skipped or refused. Native code
 * delivers a message in chunks if `receiveStream` was called before it was complete, and not withdrawn. If the call that
 * asked for it goes while the first chunks are delivered, they are gathered here.
 */

import type { Message } from '../native/payload.js'
import { ArrivingMessage, type Kind } from './arriving-message.js'
import type { Inbox } from './inbox.js'

/** What arrivals need of their connection. */
export interface Streamable {
  /** The most bytes of a message that is gathered. */
  readonly maxMessageSize: number
  // The decisions of native code, each of which schedules a turn if one is due.
  /** Has the message that is held, in progress or next delivered in chunks. */
  receiveStream(): void
  /** Drops the rest of the message that is held or delivered in chunks, or withdraws `receiveStream`. */
  skipMessage(): void
  /** Fails the connection because of the message that is held. */
  refuseMessage(): void
  /** Fails the connection because of a message that was gathered here. */
  failTooBig(): void
}

/** The message in progress of one connection. */
export class Arrivals {
  readonly #connection: Streamable
  readonly #queue: Inbox
  /** The message whose chunks the next rows are. */
  #current: ArrivingMessage | undefined
  /** Whether native code was asked for a message in chunks that has not begun. */
  #isRequested = false
  /** Whether native code holds a message that is larger than `maxMessageSize`. */
  #isHeld = false
  #isClosing = false

  /** @param queue the receive queue, to whose limit the chunks of a stream count */
  constructor(connection: Streamable, queue: Inbox) {
    this.#connection = connection
    this.#queue = queue
  }

  /** Whether the next rows are chunks. */
  get isArriving(): boolean {
    return this.#current !== undefined
  }

  /** Whether native code holds a message. */
  get isHeld(): boolean {
    return this.#isHeld
  }

  /** Whether a message is too large to be gathered, and no call has asked for it in chunks. */
  get isTooBig(): boolean {
    return this.#isHeld || this.isOverLimit
  }

  /** Whether a stream gets the next chunks. */
  get isStreaming(): boolean {
    return this.#current?.isStreamed === true && !this.#current.isSkipped
  }

  /** Whether a message that is being gathered here is too large for that. */
  get isOverLimit(): boolean {
    const current = this.#current
    if (current === undefined || current.isStreamed || current.isSkipped) return false
    return current.bytes > this.#connection.maxMessageSize
  }

  begin(kind: Kind): void {
    this.#isRequested = false
    this.#isHeld = false
    this.#current = new ArrivingMessage(kind)
  }

  /** @param isWanted whether the chunk is queued although the receive queue is full */
  add(chunk: Message, bytes: number, isWanted: boolean): void {
    const current = this.#current
    if (current === undefined || current.isSkipped || current.isBroken) return
    if (isWanted || !this.#queue.isFull) current.push(chunk, bytes)
    else this.#breakOff(current)
    if (this.#isClosing && this.isOverLimit) this.skip(current)
    current.onChange()
  }

  /** Ends the message. Returns it if it was gathered. */
  end(): { message: Message; bytes: number } | undefined {
    const current = this.#current
    this.#current = undefined
    if (current === undefined || current.isSkipped || current.isBroken) return undefined
    current.isComplete = true
    current.onChange()
    return current.isStreamed ? undefined : { message: current.join(), bytes: current.bytes }
  }

  hold(): void {
    this.#isHeld = true
    if (this.#isClosing) this.#skipHeld()
  }

  /** Returns the message in progress, whose chunks are streamed from here on, or has the next one delivered in chunks. */
  take(): ArrivingMessage | undefined {
    const current = this.#current
    if (current === undefined) this.#request()
    else if (!current.isStreamed && !current.isSkipped) {
      current.stream(this.#queue)
      return current
    }
    return undefined
  }

  /** No call waits for a stream any more: the next message is gathered, or held if it is too large. */
  withdraw(): void {
    if (!this.#isRequested) return
    this.#isRequested = false
    this.#connection.skipMessage()
  }

  /** Refuses the message that is too large. The connection fails. */
  refuse(): void {
    if (this.#isHeld) this.#connection.refuseMessage()
    else this.#connection.failTooBig()
    this.#isHeld = false
  }

  /** Skips what has not arrived of a message. */
  skip(message: ArrivingMessage): void {
    message.skip()
    if (this.#current === message) this.#connection.skipMessage()
  }

  /** This side closes the connection: messages that are too large are skipped. */
  close(): void {
    this.#isClosing = true
    if (this.#isHeld) this.#skipHeld()
    else if (this.isOverLimit && this.#current !== undefined) this.skip(this.#current)
  }

  /** The connection has ended. */
  fail(): void {
    this.#current?.onChange()
  }

  #request(): void {
    if (this.#isRequested) return
    this.#isRequested = true
    this.#isHeld = false
    this.#connection.receiveStream()
  }

  #skipHeld(): void {
    this.#isHeld = false
    this.#connection.skipMessage()
  }

  /** Drops the rest of a message of which a chunk had no place in the queue. What was queued can be taken. */
  #breakOff(message: ArrivingMessage): void {
    message.isBroken = true
    this.#connection.skipMessage()
  }
}
