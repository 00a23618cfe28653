/** The fragments of one message that is sent as its chunks come (RFC 6455 section 5.4). */

import { describe, invalid } from '../errors/invalid.js'
import { FRAME_COMPRESS, FRAME_CONTINUATION, FRAME_MORE, FRAME_PLAIN } from '../native/binding.js'
import { type Data, toBytes } from '../native/payload.js'
import { type Chunks, has, isBlob, type Source } from '../native/source.js'

/** The payload of a fragment: a string of a text, bytes of a binary message. */
export type Fragment = string | Uint8Array

/** Returns the flags of a message of which the program says whether to compress it. */
export function toFlags(compress: boolean | undefined): number {
  if (compress === undefined) return 0
  return compress ? FRAME_COMPRESS : FRAME_PLAIN
}

/**
 * Returns the chunks of a source for the blocking API.
 *
 * @throws TypeError `ERR_WS_INVALID_DATA` if they can only be read asynchronously.
 */
export function checkBlocking(source: Source): Chunks {
  if (has(source, Symbol.iterator)) return source as Chunks
  const remedy = isBlob(source) ? 'send(await blob.arrayBuffer())' : 'the promise API'
  const message = `the blocking API cannot send ${describe(source)}, which is read asynchronously: use ${remedy}`
  throw invalid('ERR_WS_INVALID_DATA', message)
}

const EMPTY = new Uint8Array()

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

/** Makes the fragments of one message. All its chunks are strings, or all are bytes. */
export class Fragments {
  readonly #flags: number
  #isText: boolean | undefined
  #chunks = 0
  /** A high surrogate at the end of a chunk. The next chunk has the other half, and UTF-8 has neither of them alone. */
  #half = ''
  /** Whether a fragment was made, so that the message has begun. */
  hasBegun = false

  /** @param flags of the first frame: `FRAME_COMPRESS` or `FRAME_PLAIN`, or 0 */
  constructor(flags: number) {
    this.#flags = flags
  }

  /**
   * Returns the fragment of a chunk, or `undefined` if the chunk adds nothing to send yet.
   *
   * @throws TypeError `ERR_WS_INVALID_DATA` with the place of the chunk, if it is neither a string nor bytes, or of the
   * other kind than those before.
   */
  add(chunk: unknown): Fragment | undefined {
    const at = this.#chunks
    this.#chunks += 1
    const isText = typeof chunk === 'string'
    const fragment = isText ? this.#completed(chunk) : this.#bytesOf(chunk, at)
    if (this.#isText !== undefined && this.#isText !== isText) {
      const kinds = isText ? 'a string, and those before are bytes' : 'bytes, and those before are strings'
      throw invalid('ERR_WS_INVALID_DATA', `cannot send chunk ${at} of the message: it is ${kinds}`)
    }
    this.#isText = isText
    return fragment.length === 0 ? undefined : fragment
  }

  /** Returns the last fragment: empty, or half of a surrogate pair that was left over. */
  last(): Fragment {
    return this.#isText === true ? this.#half : EMPTY
  }

  /** Returns the flags of the next frame. */
  flags(isLast: boolean): number {
    const flags = (this.hasBegun ? FRAME_CONTINUATION : 0) | (isLast ? 0 : FRAME_MORE)
    this.hasBegun = true
    return flags | this.#flags
  }

  #completed(chunk: string): string {
    const text = this.#half + chunk
    const end = isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length
    this.#half = text.slice(end)
    return this.#half === '' ? text : text.slice(0, end)
  }

  #bytesOf(chunk: unknown, at: number): Uint8Array {
    try {
      return toBytes(chunk as Data)
    } catch (cause) {
      const message = `cannot send chunk ${at} of the message, ${describe(chunk)}: a chunk is a string, a Buffer, a TypedArray, a DataView or an ArrayBuffer, whose memory was not transferred`
      throw Object.assign(invalid('ERR_WS_INVALID_DATA', message), { cause })
    }
  }
}
