/** Received messages that nobody has asked for yet: bounded by bytes, taken in order. */

import type { Message } from '../native/payload.js'

/** What a queued message costs beside its payload, so that empty messages are bounded too. */
const MESSAGE_OVERHEAD = 64
/** Taken entries are cut off the array when they are this many. */
const COMPACT_AT = 1024

/** The queue of unread messages. */
export class Inbox {
  readonly #limit: number
  #messages: (Message | undefined)[] = []
  #sizes: number[] = []
  /** Where the oldest entry is, and where the next one goes; the array is longer where it was before. */
  #head = 0
  #tail = 0
  #bytes = 0
  /** Messages taken so far. */
  taken = 0

  /** @param limit bytes, overhead included, at which the queue is full */
  constructor(limit: number) {
    this.#limit = limit
  }

  get length(): number {
    return this.#tail - this.#head
  }

  /** Bytes queued, overhead included. */
  get bytes(): number {
    return this.#bytes
  }

  get isFull(): boolean {
    return this.#bytes >= this.#limit
  }

  /** Whether enough has been taken to read on after the queue was full. */
  get hasRoom(): boolean {
    return this.#bytes <= this.#limit / 2
  }

  push(message: Message, bytes: number): void {
    this.#messages[this.#tail] = message
    this.#sizes[this.#tail] = bytes
    this.#tail += 1
    this.#bytes += bytes + MESSAGE_OVERHEAD
  }

  /** The oldest message, or `undefined`. */
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

  /** At most `max` messages, oldest first. */
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
    // A long backlog is given back; a short one is what every batch makes anew. To set `length` would take
    // V8 longer than all the rest.
    if (this.#messages.length > COMPACT_AT) {
      this.#messages = []
      this.#sizes = []
    }
  }

  #compact(): void {
    this.#messages = this.#messages.slice(this.#head, this.#tail)
    this.#sizes = this.#sizes.slice(this.#head, this.#tail)
    this.#tail -= this.#head
    this.#head = 0
  }
}
