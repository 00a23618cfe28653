/** Iteration over the messages of a connection. */

import type { Message } from '../native/payload.js'

type Result = IteratorResult<Message>

/** What an iterator needs of its connection. */
export interface Source {
  /** The next message for this iterator, or its end. */
  next(iterator: object): Promise<Result>
  /** Ends the calls of `next` that wait for this iterator. They take no message. */
  leave(iterator: object): void
}

export const DONE: IteratorReturnResult<undefined> = { value: undefined, done: true }

/** Why a call of `next` ends that waits for an iterator which is left. */
export const LEFT = new Error('the iterator was left')

/** Messages until the connection ends or the iterator is left. Leaving it leaves the connection open. */
export class Messages implements AsyncIterableIterator<Message> {
  readonly #source: Source
  #isLeft = false

  constructor(source: Source) {
    this.#source = source
  }

  next(): Promise<Result> {
    return this.#isLeft ? Promise.resolve(DONE) : this.#source.next(this)
  }

  /** As that of a generator: calls of `next` that wait are done as well. */
  async return(value?: unknown): Promise<Result> {
    this.#leave()
    return { value: await value, done: true }
  }

  /** As that of a generator. */
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
