/** A message that is received in chunks, as they arrive: the side of the connection, which adds them. */

import type { Message } from '../native/payload.js'
import { Inbox } from './inbox.js'

/** The kind of a message: its chunks are strings, or Buffers. */
export type Kind = 'text' | 'binary'

/** A message whose chunks arrive one by one. */
export class ArrivingMessage {
  readonly kind: Kind
  readonly #chunks = new Inbox(Number.POSITIVE_INFINITY)
  /** The receive queue to whose limit the chunks count, once they are streamed. */
  #queue: Inbox | undefined
  #bytes = 0
  /** Whether all chunks have arrived. */
  isComplete = false
  /** Whether the rest is dropped. */
  isSkipped = false
  /** Whether chunks were dropped, so that the message cannot be completed. */
  isBroken = false
  /** Called when a chunk has arrived, and at the end. */
  onChange: () => void = () => {}

  constructor(kind: Kind) {
    this.kind = kind
  }

  /** Returns a message that is complete, as one chunk; none if it is empty. */
  static of(message: Message): ArrivingMessage {
    const whole = new ArrivingMessage(typeof message === 'string' ? 'text' : 'binary')
    if (message.length > 0) whole.#chunks.push(message, message.length)
    whole.isComplete = true
    return whole
  }

  /** Bytes that have arrived. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether the chunks are given to a stream, not gathered. */
  get isStreamed(): boolean {
    return this.#queue !== undefined
  }

  /** Whether chunks have arrived that were not taken. */
  get hasChunks(): boolean {
    return this.#chunks.length > 0
  }

  /** Has the chunks count to the limit of a receive queue until they are taken. */
  stream(queue: Inbox): void {
    this.#queue = queue
    queue.count(this.#chunks.bytes)
  }

  push(chunk: Message, bytes: number): void {
    const before = this.#chunks.bytes
    this.#bytes += bytes
    this.#chunks.push(chunk, bytes)
    this.#queue?.count(this.#chunks.bytes - before)
  }

  /** Takes the oldest chunk. */
  shift(): Message | undefined {
    const before = this.#chunks.bytes
    const chunk = this.#chunks.shift()
    this.#queue?.count(this.#chunks.bytes - before)
    return chunk
  }

  /** Takes all chunks, joined. */
  join(): Message {
    const chunks = this.#chunks.take(Number.POSITIVE_INFINITY)
    if (this.kind === 'text') return chunks.join('')
    return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks as Buffer[])
  }

  /** Drops the chunks that were not taken, and the rest. */
  skip(): void {
    this.isSkipped = true
    this.#queue?.count(-this.#chunks.bytes)
    this.#chunks.take(Number.POSITIVE_INFINITY)
  }
}
