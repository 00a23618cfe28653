/** Iterates over the messages of a connection of the promise API. */

import type { Message } from '../native/payload.js'

type Result = IteratorResult<Message>

/** The connection of an iterator. */
export interface Source {
  /** Returns the next message for an iterator, or its end. */
  next(iterator: object): Promise<Result>
  /** Ends the pending calls of `next` of an iterator. They take no message. */
  leave(iterator: object): void
}

/** The result of `next` after the end. */
export const DONE: IteratorReturnResult<undefined> = { value: undefined, done: true }

/** The reason that a pending call of `next` is rejected with when its iterator is left. */
export const LEFT = new Error('the iterator was left')

/** Iterates until the connection ends or the loop is left. Leaving the loop does not close the connection. */
export class MessageIterator implements AsyncIterableIterator<Message> {
  readonly #source: Source
  #isLeft = false

  constructor(source: Source) {
    this.#source = source
  }

  next(): Promise<Result> {
    return this.#isLeft ? Promise.resolve(DONE) : this.#source.next(this)
  }

  /** Like `return` of a generator. Ends pending calls of `next` as well. */
  async return(value?: unknown): Promise<Result> {
    this.#leave()
    return { value: await value, done: true }
  }

  /** Like `throw` of a generator. Ends pending calls of `next` as well. */
  async throw(error?: unknown): Promise<Result> {
    this.#leave()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #leave(): void {
    if (this.#isLeft) return
    this.#isLeft = true
    this.#source.leave(this)
  }
}
