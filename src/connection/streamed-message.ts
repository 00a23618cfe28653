/** A message that is streamed on a connection of the promise API: its chunks, and the calls that wait for one. */

import { AbortError, TimeoutError } from '../errors/classes.js'
import { noteTaken } from '../native/flush.js'
import type { Message } from '../native/payload.js'
import { own } from '../node/timers.js'
import type { Wait } from '../options/wait.js'
import type { ArrivingMessage, Kind } from './arriving-message.js'
import { withCallerStack } from './caller-stack.js'
import { afterTurn, isTurnDue } from './fair-turns.js'
import { DONE } from './iteration.js'
import { Waiters, within } from './waiters.js'

type Result = IteratorResult<Message>

/** What a streamed message needs of its connection. */
export interface StreamOwner {
  /** Whether no more chunks can arrive. */
  readonly isOver: boolean
  /** The error of a call after the last chunk of a message that is not complete. */
  endError(): Error
  /** Completes an error that is not about the end. */
  explain<E extends Error>(error: E): E
  /** Reads what has arrived. */
  turn(): void
  /** The receive queue may have more room. */
  handleTaken(): void
  /** Skips what has not arrived of a message. */
  skip(message: ArrivingMessage): void
}

/** The error of a call for a chunk whose deadline has passed. */
export function chunkExpired(wait: Wait): TimeoutError {
  return new TimeoutError('ERR_WS_RECEIVE_TIMEOUT', 'open', `no part of the message came ${within(wait)}`)
}

const aborted = (reason: unknown) => new AbortError(reason)

/** A streamed message. The object of the program, which refers to this one, can be collected before its end. */
export class StreamedMessage {
  readonly #message: ArrivingMessage
  readonly #owner: StreamOwner
  readonly #wait: Wait
  #waiters: Waiters<Result> | undefined
  /** A turn of the loop that calls wait for although chunks are queued. */
  #turn: Promise<void> | undefined

  /** @param wait how long each call for a chunk waits */
  constructor(message: ArrivingMessage, owner: StreamOwner, wait: Wait) {
    this.#message = message
    this.#owner = owner
    this.#wait = wait
    message.onChange = () => this.#serve()
  }

  get kind(): Kind {
    return this.#message.kind
  }

  /** Resolves with the next chunk, or the end. Each chunk goes to one call, in order. */
  next(): Promise<Result> {
    if (this.#turn === undefined && this.#message.hasChunks && isTurnDue()) this.#startTurn()
    return this.#turn === undefined ? this.#next() : this.#turn.then(() => this.#next())
  }

  /** Drops the chunks that were not taken, and skips the rest. */
  cancel(): void {
    if (this.#message.isSkipped) return
    this.#owner.skip(this.#message)
    this.#owner.handleTaken()
    this.#serve()
  }

  #next(): Promise<Result> {
    const result = this.#take()
    if (result !== undefined) return Promise.resolve(result)
    if (this.#hasFailed) return Promise.reject(this.#owner.endError())
    this.#waiters ??= new Waiters(
      (wait) => this.#owner.explain(chunkExpired(wait)),
      own,
      () => this.#owner.turn(),
    )
    const waiters = this.#waiters
    return new Promise((resolve) =>
      waiters.add(resolve, (error) => resolve(withCallerStack(error)), this.#wait, aborted),
    )
  }

  get #hasFailed(): boolean {
    return this.#message.isBroken || this.#owner.isOver
  }

  /** Takes the next chunk or the end; `undefined` if neither has come. */
  #take(): Result | undefined {
    const value = this.#message.shift()
    if (value === undefined) return this.#message.isComplete || this.#message.isSkipped ? DONE : undefined
    noteTaken()
    this.#owner.handleTaken()
    return { value, done: false }
  }

  /** Settles pending calls: a chunk has come, or the end. */
  #serve(): void {
    const waiters = this.#waiters
    while (waiters !== undefined && waiters.length > 0) {
      const result = this.#take()
      if (result !== undefined) waiters.shift()?.resolve(result)
      else if (this.#hasFailed) waiters.rejectAll(() => this.#owner.endError())
      else return
    }
  }

  #startTurn(): void {
    this.#turn = new Promise<void>(afterTurn).then(() => {
      this.#turn = undefined
    })
  }
}
