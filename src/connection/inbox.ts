/** The receive queue: messages received and not asked for yet, bounded by bytes. */

import type { Message } from '../native/payload.js'

/** Bytes counted for a queued message beside its payload, so that empty messages are bounded too. */
const MESSAGE_OVERHEAD = 64
/** Number of taken entries from which they are removed from the array. */
const COMPACT_AT = 1024

/** The arrays of a queue that has none of its own: nothing is written to them. */
const NO_MESSAGES: Message[] = []
const NO_SIZES: number[] = []

/** The receive queue of one connection. */
export class Inbox {
  readonly #limit: number
  /** Both arrays are made with the first message: most connections of a program with many never queue one. */
  #messages: (Message | undefined)[] = NO_MESSAGES
  #sizes: number[] = NO_SIZES
  /** Indices of the oldest entry and after the newest one. The array may be longer. */
  #head = 0
  #tail = 0
  #bytes = 0
  /** Bytes of chunks that are queued elsewhere. */
  #chunkBytes = 0
  /** Number of messages taken so far. */
  taken = 0

  /** @param limit bytes, including overhead, at which the queue is full */
  constructor(limit: number) {
    this.#limit = limit
  }

  get length(): number {
    return this.#tail - this.#head
  }

  /** Bytes queued, including overhead, also those of chunks. */
  get bytes(): number {
    return this.#bytes + this.#chunkBytes
  }

  get isFull(): boolean {
    return this.bytes >= this.#limit
  }

  /** Whether the queue is at most half full, so that paused reading resumes. */
  get isHalfEmpty(): boolean {
    return this.bytes <= this.#limit / 2
  }

  /** Counts bytes of chunks of a streamed message; negative ones when they are taken. */
  count(bytes: number): void {
    this.#chunkBytes += bytes
  }

  push(message: Message, bytes: number): void {
    if (this.#messages === NO_MESSAGES) {
      this.#messages = []
      this.#sizes = []
    }
    this.#messages[this.#tail] = message
    this.#sizes[this.#tail] = bytes
    this.#tail += 1
    this.#bytes += bytes + MESSAGE_OVERHEAD
  }

  /** Takes the oldest message, or returns `undefined` if there is none. */
  shift(): Message | undefined {
    if (this.#head === this.#tail) return undefined
    const message = this.#messages[this.#head]
    this.#messages[this.#head] = undefined
    this.#bytes -= (this.#sizes[this.#head] as number) + MESSAGE_OVERHEAD
    this.#head += 1
    this.taken += 1
    if (this.#head === this.#tail) this.#reset()
    else if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#tail) this.#compact()
    return message
  }

  /** Takes at most `max` messages, oldest first. */
  take(max: number): Message[] {
    if (max >= this.length) return this.#takeAll()
    const taken: Message[] = []
    while (taken.length < max) {
      const message = this.shift()
      if (message === undefined) break
      taken.push(message)
    }
    return taken
  }

  #takeAll(): Message[] {
    if (this.#head === this.#tail) return []
    const taken = this.#messages.slice(this.#head, this.#tail) as Message[]
    this.#messages.fill(undefined, this.#head, this.#tail)
    this.#bytes = 0
    this.taken += taken.length
    this.#reset()
    return taken
  }

  #reset(): void {
    this.#head = 0
    this.#tail = 0
    // Only a long array is replaced: every batch fills a short one again. Setting `length` would cost V8 more than
    // everything else here.
    if (this.#messages.length > COMPACT_AT) {
      this.#messages = NO_MESSAGES
      this.#sizes = NO_SIZES
    }
  }

  #compact(): void {
    this.#messages = this.#messages.slice(this.#head, this.#tail)
    this.#sizes = this.#sizes.slice(this.#head, this.#tail)
    this.#tail -= this.#head
    this.#head = 0
  }
}
