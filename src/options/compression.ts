/** The option `compression`: what to offer of permessage-deflate (RFC 7692), and how to compress. */

import type { CompressionRequest } from '../native/binding.js'
import { toInteger, wrong } from './checks.js'
import { checkNames, flag, integer, number, type OptionRecords, option, reader } from './records.js'

/** Options of permessage-deflate (RFC 7692). */
export interface CompressionOptions {
  /**
   * Whether to require that the server compresses each message by itself (`server_no_context_takeover`). Saves up to
   * 32 KiB of memory on this side; messages like those before are compressed less. Default `false`.
   */
  serverNoContextTakeover?: boolean | undefined
  /** Whether to compress each message by itself, and to tell the server (`client_no_context_takeover`). Default `false`. */
  clientNoContextTakeover?: boolean | undefined
  /**
   * The largest window of the server's compressor to require (`server_max_window_bits`), 8 to 15: 256 bytes to 32 KiB. A
   * server that does not support it declines compression. Default: none, up to 15.
   */
  serverMaxWindowBits?: number | undefined
  /**
   * Whether the server may limit the window of this side's compressor (`client_max_window_bits`), or the largest window
   * that this side uses, 8 to 15. Default `true`.
   */
  clientMaxWindowBits?: boolean | number | undefined
  /** The effort of compressing, 0 to 9 as in zlib: 1 is the fastest, 9 compresses most, 0 not at all. Default 4. */
  level?: number | undefined
  /** The memory of the compressor, 1 to 9 as in zlib. Default 8. */
  memLevel?: number | undefined
  /** Bytes from which messages are compressed. `0` compresses all, `Infinity` none. Default 128. */
  threshold?: number | undefined
}

/** Window bits of RFC 7692 section 7.1.2. */
const [MIN_WINDOW_BITS, MAX_WINDOW_BITS] = [8, 15]

/** The records of {@link CompressionOptions}. */
export const COMPRESSION_OPTIONS = {
  serverNoContextTakeover: flag(false),
  clientNoContextTakeover: flag(false),
  serverMaxWindowBits: option('none', (value, name) =>
    value === undefined
      ? undefined
      : toInteger(name, value, MAX_WINDOW_BITS, MIN_WINDOW_BITS, MAX_WINDOW_BITS),
  ),
  clientMaxWindowBits: option('`true`', (value = true, name) => {
    if (typeof value === 'boolean') return value
    if (typeof value === 'number')
      return toInteger(name, value, MAX_WINDOW_BITS, MIN_WINDOW_BITS, MAX_WINDOW_BITS)
    throw wrong(name, `a boolean or an integer, ${MIN_WINDOW_BITS} to ${MAX_WINDOW_BITS}`, value)
  }),
  level: integer(4, 0, 9),
  memLevel: integer(8, 1, 9),
  threshold: { ...number(128, 0), unit: 'bytes' },
} satisfies OptionRecords<CompressionOptions>

/** Checks the option `compression`. Returns `undefined` if compression is not offered. */
export function toCompression(name: string, value: unknown): CompressionRequest | undefined {
  if (value === undefined || value === false) return undefined
  const given = value === true ? {} : value
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw wrong(name, 'a boolean or an object', value)
  checkNames(given, COMPRESSION_OPTIONS, undefined, `${name}.`)
  const read = reader(given, COMPRESSION_OPTIONS, `${name}.`)
  return {
    serverNoContextTakeover: read('serverNoContextTakeover'),
    clientNoContextTakeover: read('clientNoContextTakeover'),
    serverMaxWindowBits: read('serverMaxWindowBits'),
    clientMaxWindowBits: read('clientMaxWindowBits'),
    level: read('level'),
    memLevel: read('memLevel'),
    threshold: read('threshold'),
  }
}
