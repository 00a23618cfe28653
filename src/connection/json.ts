/** Messages that are JSON texts (RFC 8259). */

import { InvalidJSONError } from '../errors/classes.js'
import { describe, invalid } from '../errors/invalid.js'
import type { Message } from '../native/payload.js'

/**
 * Parses a message, text or UTF-8.
 *
 * @param explain completes the error
 * @throws InvalidJSONError `ERR_WS_INVALID_JSON`.
 */
export function parseJSON<T>(message: Message, explain: (error: Error) => Error): T {
  try {
    return JSON.parse(typeof message === 'string' ? message : message.toString('utf8')) as T
  } catch (error) {
    throw explain(new InvalidJSONError(message, error))
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
  readonly #parse: (message: Message) => T

  constructor(messages: AsyncIterator<Message>, parse: (message: Message) => T) {
    this.#messages = messages
    this.#parse = parse
  }

  async next(): Promise<IteratorResult<T>> {
    const result = await this.#messages.next()
    return result.done === true ? result : { value: this.#parse(result.value), done: false }
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
  readonly #parse: (message: Message) => T

  constructor(messages: Iterator<Message>, parse: (message: Message) => T) {
    this.#messages = messages
    this.#parse = parse
  }

  next(): IteratorResult<T> {
    const result = this.#messages.next()
    return result.done === true ? result : { value: this.#parse(result.value), done: false }
  }

  return(value?: unknown): IteratorResult<T> {
    this.#messages.return?.()
    return { value, done: true }
  }

  [Symbol.iterator](): this {
    return this
  }
}
