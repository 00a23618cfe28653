/** The streams that carry connections: native code passes on what each has to do. */

import { RELAY_ABORTED, RELAY_CLOSED, RELAY_READ, RELAY_REFERENCED, RELAY_SHUT } from './binding.js'

/** What a stream has to do. */
export interface RelayWork {
  readonly bytes: Buffer | undefined
  /** Whether to read. */
  readonly reads: boolean
  /** Whether to end the writing side after the bytes. */
  readonly isShut: boolean
  /** Whether to close the stream after the bytes. Nothing follows. */
  readonly isClosed: boolean
  /** Whether closing does not wait for what the stream cannot write at once. */
  readonly isAborted: boolean
  /** Whether the stream keeps the process alive. */
  readonly isReferenced: boolean
}

/** A stream that carries a connection. */
export interface RelayOwner {
  /** Does the work. Throws nothing. Returns how many bytes the stream has not written. */
  handleWork(work: RelayWork): number
}

/** The streams by their numbers. */
export const relays = new Map<number, RelayOwner>()

/** How many calls of {@link runRelay} are on the stack. */
let running = 0

/** Whether native code is passing on what a stream has to do. */
export function isRelaying(): boolean {
  return running > 0
}

/** Called by native code, whenever it is left, for each stream that has something to do. */
export function runRelay(id: number, flags: number, bytes?: Buffer): number {
  const owner = relays.get(id)
  if (owner === undefined) return 0
  running += 1
  try {
    return owner.handleWork({
      bytes,
      reads: (flags & RELAY_READ) !== 0,
      isShut: (flags & RELAY_SHUT) !== 0,
      isClosed: (flags & RELAY_CLOSED) !== 0,
      isAborted: (flags & RELAY_ABORTED) !== 0,
      isReferenced: (flags & RELAY_REFERENCED) !== 0,
    })
  } finally {
    running -= 1
  }
}
