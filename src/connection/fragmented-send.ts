/** A send of the promise API whose message leaves in fragments, as its chunks come. */

import { AbortError } from '../errors/classes.js'
import { scheduleFlush } from '../native/flush.js'
import { type BlobLike, isBlob, type Source } from '../native/source.js'
import type { Wait } from '../options/wait.js'
import { onAbort } from './abort.js'
import { type ChunkReader, toReader } from './chunk-reader.js'
import { yieldIfDue } from './fair-turns.js'
import { type Fragment, Fragments } from './fragments.js'
import type { Outbox } from './outbox.js'

/** Most bytes of a Blob that is sent in one frame. */
const WHOLE_BLOB = 64 * 1024

/** What the send needs of its connection. */
export interface FragmentSender {
  /** Sends one frame. Returns the bytes that are unsent; negative if the connection has ended. */
  transmitFrame(payload: Fragment, flags: number): number
  /** Fails the connection, whose peer has got a part of the message. */
  failSend(error: unknown): void
}

/** One message that is sent in fragments. */
export class FragmentedSend {
  readonly #connection: FragmentSender
  readonly #outbox: Outbox
  readonly #source: Source
  readonly #flags: number
  readonly #wait: Wait
  readonly #fragments: Fragments
  /** Why the send has to stop. */
  #reason: Error | undefined
  /** Ends the wait for the source. */
  #interrupt: (error: Error) => void = () => {}

  /** @param wait how long each wait for room may take; its signal ends the send */
  constructor(connection: FragmentSender, outbox: Outbox, source: Source, flags: number, wait: Wait) {
    this.#connection = connection
    this.#outbox = outbox
    this.#source = source
    this.#flags = flags
    this.#wait = wait
    this.#fragments = new Fragments(flags)
  }

  /** Sends the message when those before it are sent. Resolves when its last fragment is accepted. */
  async run(): Promise<void> {
    const { signal } = this.#wait
    const ignore = signal && onAbort(signal, () => this.stop(new AbortError(signal.reason)))
    try {
      // Does not wait if it need not, so that sends after this one find their place.
      const turn = this.#outbox.reserve(this.#wait)
      if (turn !== undefined) await turn
      try {
        await this.#send()
      } finally {
        this.#outbox.release()
      }
    } finally {
      ignore?.()
    }
  }

  /** Stops the send, also while the source is silent. */
  stop(reason: Error): void {
    this.#reason ??= reason
    this.#interrupt(this.#reason)
  }

  #send(): Promise<void> {
    if (this.#reason !== undefined) throw this.#reason
    const source = this.#source
    return isBlob(source) && source.size <= WHOLE_BLOB
      ? this.#sendWhole(source)
      : this.#sendChunks(toReader(source))
  }

  async #sendWhole(blob: BlobLike): Promise<void> {
    const bytes = new Uint8Array(await this.#orStop(blob.arrayBuffer()))
    await this.#transmit(bytes, this.#flags)
  }

  async #sendChunks(reader: ChunkReader): Promise<void> {
    try {
      for (;;) {
        if (this.#outbox.isBlocked) await this.#room()
        const { value, done } = reader.isAsync ? await this.#orStop(reader.next()) : reader.next()
        if (done === true) break
        const fragment = this.#fragments.add(value)
        if (fragment !== undefined) await this.#transmit(fragment, this.#fragments.flags(false))
        // An iterable that never waits would keep the loop from reading.
        await yieldIfDue()
        if (this.#reason !== undefined) throw this.#reason
      }
      await this.#transmit(this.#fragments.last(), this.#fragments.flags(true))
    } catch (error) {
      reader.leave(error)
      if (this.#fragments.hasBegun) this.#connection.failSend(error)
      throw error
    }
  }

  /** Sends a frame. A connection whose socket has failed accepts none, and the wait for room ends with its error. */
  #transmit(payload: Fragment, flags: number): Promise<void> | undefined {
    if (!this.#outbox.transmit(() => this.#connection.transmitFrame(payload, flags))) return this.#room()
    scheduleFlush()
    return undefined
  }

  #room(): Promise<void> {
    return this.#reason === undefined ? this.#outbox.room(this.#wait) : Promise.reject(this.#reason)
  }

  /** Waits for the source, or until the send has to stop. */
  #orStop<T>(next: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#interrupt = reject
      next.then(resolve, reject)
      if (this.#reason !== undefined) reject(this.#reason)
    })
  }
}
