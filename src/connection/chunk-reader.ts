/** Reads the chunks of a source, one by one, for the promise API. */

import { type BlobLike, has, isAsync, isBlob, type Source } from '../native/source.js'

type Result = IteratorResult<unknown>

/** Bytes of a Blob that are read at once. */
const BLOB_CHUNK = 256 * 1024

/** Reads chunks: an async source returns promises of them. */
export type ChunkReader = {
  /** Tells the source that no more chunks are read. Does not wait for it, and ignores its errors. */
  leave(reason: unknown): void
} & ({ isAsync: true; next(): Promise<Result> } | { isAsync: false; next(): Result })

const ignore = () => {}

/** Runs the last call of a source, without waiting for it. */
function quietly(run: () => unknown): void {
  try {
    Promise.resolve(run()).catch(ignore)
  } catch {
    // The send fails with the reason for which the source was left.
  }
}

/** Reads a Blob in parts: it may be a large file. */
class BlobReader {
  readonly isAsync = true
  readonly #blob: BlobLike
  #at = 0

  constructor(blob: BlobLike) {
    this.#blob = blob
  }

  async next(): Promise<Result> {
    if (this.#at >= this.#blob.size) return { value: undefined, done: true }
    const value = await this.#blob.slice(this.#at, this.#at + BLOB_CHUNK).arrayBuffer()
    this.#at += BLOB_CHUNK
    return { value, done: false }
  }

  leave(): void {}
}

/** A ReadableStream, of any realm. */
interface StreamLike {
  getReader(): StreamReader
}

interface StreamReader {
  read(): Promise<Result>
  cancel(reason: unknown): Promise<void>
  releaseLock(): void
}

/** Reads a ReadableStream. Its iterator could not be left while it waits for a chunk. */
function readStream(reader: StreamReader): ChunkReader {
  return {
    isAsync: true,
    async next() {
      const result = await reader.read()
      if (result.done === true) reader.releaseLock()
      return result
    },
    leave: (reason) => quietly(() => reader.cancel(reason)),
  }
}

/** Returns a reader of the chunks of a source. */
export function toReader(source: Source): ChunkReader {
  if (has(source, 'getReader')) return readStream((source as unknown as StreamLike).getReader())
  if (isAsync(source)) {
    const iterator = source[Symbol.asyncIterator]()
    const leave = () => quietly(() => iterator.return?.())
    // Not every iterator returns a promise.
    return { isAsync: true, next: async () => iterator.next(), leave }
  }
  if (isBlob(source)) return new BlobReader(source)
  const iterator = source[Symbol.iterator]()
  return { isAsync: false, next: () => iterator.next(), leave: () => quietly(() => iterator.return?.()) }
}
