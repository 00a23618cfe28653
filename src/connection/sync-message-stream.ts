/** Messages as streams, of the blocking API. */

import type { Message } from '../native/payload.js'
import type { ArrivingMessage } from './arriving-message.js'
import { DONE } from './iteration.js'

/** What a stream needs of its connection. */
export interface SyncStreamOwner {
  /** Returns the next chunk when it has come; `undefined` at the end of the message. */
  recvChunk(message: ArrivingMessage): Message | undefined
  /** Skips what has not arrived of a message. */
  skip(message: ArrivingMessage): void
}

/** Skips the rest of a message whose stream is collected. */
const collected = new FinalizationRegistry<() => void>((skip) => skip())

/**
 * One message, received chunk by chunk while it is arriving. Chunks are strings of whole characters if the message is
 * text, Buffers if it is binary; they have nothing to do with the fragments that the peer sent. Each chunk goes to one
 * reader. Leaving a loop over the stream skips the rest of the message.
 *
 * @example
 * for (const chunk of ws.recvStream()) hash.update(chunk)
 */
export class SyncMessageStream implements Iterable<Message>, Disposable {
  readonly #message: ArrivingMessage
  readonly #owner: SyncStreamOwner

  /** @internal */
  constructor(message: ArrivingMessage, owner: SyncStreamOwner) {
    this.#message = message
    this.#owner = owner
    collected.register(this, () => owner.skip(message), this)
  }

  /** The kind of the message: `'text'`, with strings as chunks, or `'binary'`, with Buffers. */
  get kind(): 'text' | 'binary' {
    return this.#message.kind
  }

  /**
   * Iterates over the chunks until the message is complete, and blocks until each has come. Throws the error of the
   * connection, after the chunks that have arrived, if that ends before; TimeoutError `ERR_WS_RECEIVE_TIMEOUT` if the
   * option `receiveTimeout` is given and no chunk comes within it; WebSocketError `ERR_WS_INTERRUPTED`.
   */
  [Symbol.iterator](): IterableIterator<Message> {
    const iterator: IterableIterator<Message> = {
      next: () => {
        const value = this.#owner.recvChunk(this.#message)
        return value === undefined ? DONE : { value, done: false }
      },
      return: (value?: unknown) => {
        this.cancel()
        return { value, done: true }
      },
      [Symbol.iterator]: () => iterator,
    }
    return iterator
  }

  /** Skips the rest of the message. Chunks that were not taken are dropped; iteration ends. */
  cancel(): void {
    this.#owner.skip(this.#message)
  }

  /** Skips the rest of the message. */
  [Symbol.dispose](): void {
    this.cancel()
  }
}
