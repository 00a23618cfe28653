/** Sources of a message that is sent in fragments: a Blob, or an iterable of chunks, also an async one. */

import { types } from 'node:util'
import type { Data } from './payload.js'

/** Chunks of one message: all strings for text, or all bytes for binary. A string is iterable too, and is whole. */
export type Chunks = Iterable<Data> & object
/** Chunks of one message, which may come one by one. */
export type AsyncChunks = AsyncIterable<Data>

/** What a Blob has, of any realm. */
export interface BlobLike {
  readonly size: number
  slice(start: number, end: number): BlobLike
  arrayBuffer(): Promise<ArrayBuffer>
}

/** A message that is sent in fragments as its chunks come. */
export type Source = BlobLike | Chunks | AsyncChunks

/** Whether an object has a method. */
export function has(value: object, method: PropertyKey): boolean {
  return typeof (value as Record<PropertyKey, unknown>)[method] === 'function'
}

/** Whether a value is a Blob or a File. Not `instanceof`: it may come from another realm. */
export function isBlob(value: object): value is BlobLike {
  const tag = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]
  return (tag === 'Blob' || tag === 'File') && has(value, 'arrayBuffer') && has(value, 'slice')
}

/** Whether chunks come one by one. */
export function isAsync(source: object): source is AsyncChunks {
  return has(source, Symbol.asyncIterator)
}

/** Whether a value is a source of chunks, not a message that is whole. */
export function isSource(data: unknown): data is Source {
  return typeof data === 'object' && !ArrayBuffer.isView(data) && data !== null && isStreamed(data)
}

function isStreamed(data: object): boolean {
  if (has(data, Symbol.iterator)) return !types.isStringObject(data)
  return isAsync(data) || isBlob(data)
}
