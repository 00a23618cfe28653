/** Messages as streams, of the promise API. */

import type { ReadableStream } from 'node:stream/web'
import type { Message } from '../native/payload.js'
import { streams } from '../node/builtin.js'
import type { StreamedMessage } from './streamed-message.js'

/** Skips the rest of a message whose stream is collected. */
const collected = new FinalizationRegistry<StreamedMessage>((message) => message.cancel())

/**
 * One message, received chunk by chunk while it is arriving. Chunks are strings of whole characters if the message is
 * text, Buffers if it is binary; they have nothing to do with the fragments that the peer sent. Each chunk goes to one
 * reader. Leaving a loop over the stream skips the rest of the message.
 *
 * @example
 * const stream = await ws.recvStream()
 * for await (const chunk of stream) hash.update(chunk)
 */
export class MessageStream implements AsyncIterable<Message>, AsyncDisposable {
  readonly #message: StreamedMessage
  #readable: ReadableStream<Message> | undefined

  /** @internal */
  constructor(message: StreamedMessage) {
    this.#message = message
    collected.register(this, message, this)
  }

  /** The kind of the message: `'text'`, with strings as chunks, or `'binary'`, with Buffers. */
  get kind(): 'text' | 'binary' {
    return this.#message.kind
  }

  /**
   * Iterates over the chunks until the message is complete. Throws the error of the connection, after the chunks that have
   * arrived, if that ends before; TimeoutError `ERR_WS_RECEIVE_TIMEOUT` if the option `receiveTimeout` is given and no
   * chunk comes within it.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message> {
    const end = async (value?: unknown): Promise<IteratorReturnResult<unknown>> => {
      this.cancel()
      return { value: await value, done: true }
    }
    const iterator: AsyncIterableIterator<Message> = {
      next: () => this.#message.next(),
      return: end,
      throw: async (error) => {
        this.cancel()
        throw error
      },
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }

  /** The chunks as a web stream, always the same one. Takes a chunk only when it is pulled. Cancelling it skips the rest. */
  get readable(): ReadableStream<Message> {
    this.#readable ??= this.#toReadable()
    return this.#readable
  }

  /** Skips the rest of the message. Chunks that were not taken are dropped; iteration ends. */
  cancel(): void {
    this.#message.cancel()
  }

  /** Skips the rest of the message. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel()
  }

  #toReadable(): ReadableStream<Message> {
    const { ReadableStream } = streams()
    return new ReadableStream<Message>(
      {
        pull: async (controller) => {
          const { value, done } = await this.#message.next()
          if (done === true) controller.close()
          else controller.enqueue(value)
        },
        cancel: () => this.cancel(),
      },
      { highWaterMark: 0 },
    )
  }
}
