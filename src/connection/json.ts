/** Messages that are JSON texts (RFC 8259). */

import { WebSocketError } from '../errors/classes.js'
import { invalid } from '../errors/invalid.js'
import { describe, type Message } from '../native/payload.js'

/** A received message that is not JSON. The connection is not affected. */
export class InvalidJSONError extends WebSocketError {
  /** The message. With `reuseMemory` it can be read until the next message is asked for. */
  readonly data: Message

  constructor(data: Message, cause: unknown) {
    super('ERR_WS_INVALID_JSON', 'open', `the message is not JSON: ${(cause as Error).message}`, cause)
    this.data = data
  }
}

Object.defineProperty(InvalidJSONError.prototype, 'name', {
  value: 'InvalidJSONError',
  configurable: true,
  writable: true,
})

/**
 * Parses a message, text or UTF-8.
 *
 * @throws InvalidJSONError `ERR_WS_INVALID_JSON`.
 */
export function parseJSON<T>(message: Message): T {
  try {
    return JSON.parse(typeof message === 'string' ? message : message.toString('utf8')) as T
  } catch (error) {
    throw new InvalidJSONError(message, error)
  }
}

/**
 * The text to send for a value.
 *
 * @throws TypeError `ERR_WS_INVALID_DATA` if `JSON.stringify` gives no text, or throws, which is the `cause` then.
 */
export function toJSON(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw Object.assign(invalid('ERR_WS_INVALID_DATA', `cannot send ${describe(value)} as JSON`), { cause })
  }
  if (text === undefined) throw invalid('ERR_WS_INVALID_DATA', `cannot send ${describe(value)} as JSON`)
  return text
}

/** Iterates over the parsed messages of a connection. A message that is not JSON rejects its call of `next` only. */
export class JSONMessages<T> implements AsyncIterableIterator<T> {
  readonly #messages: AsyncIterator<Message>

  constructor(messages: AsyncIterator<Message>) {
    this.#messages = messages
  }

  async next(): Promise<IteratorResult<T>> {
    const result = await this.#messages.next()
    return result.done === true ? result : { value: parseJSON<T>(result.value), done: false }
  }

  async return(value?: unknown): Promise<IteratorResult<T>> {
    await this.#messages.return?.()
    return { value: await value, done: true }
  }

  async throw(error?: unknown): Promise<IteratorResult<T>> {
    await this.#messages.return?.()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

/** Iterates over the parsed messages of a blocking connection, as {@link JSONMessages} does. */
export class SyncJSONMessages<T> implements IterableIterator<T> {
  readonly #messages: Iterator<Message>

  constructor(messages: Iterator<Message>) {
    this.#messages = messages
  }

  next(): IteratorResult<T> {
    const result = this.#messages.next()
    return result.done === true ? result : { value: parseJSON<T>(result.value), done: false }
  }

  return(value?: unknown): IteratorResult<T> {
    this.#messages.return?.()
    return { value, done: true }
  }

  [Symbol.iterator](): this {
    return this
  }
}
