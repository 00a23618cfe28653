/** The option `perMessageDeflate` of `ws` (RFC 7692): what is offered, what was agreed, and when messages are compressed. */

import type { CompressionOptions } from '../options/compression.js'

/** Options of permessage-deflate. */
export interface PerMessageDeflateOptions {
  serverNoContextTakeover?: boolean | undefined
  clientNoContextTakeover?: boolean | undefined
  serverMaxWindowBits?: number | undefined
  clientMaxWindowBits?: number | boolean | undefined
  /** `level` is 4 by default, where `ws` has 6: 5 % more bytes for two thirds of the CPU time. Only these two are read. */
  zlibDeflateOptions?:
    | { level?: number | undefined; memLevel?: number | undefined; [name: string]: unknown }
    | undefined
  /** Has no effect: the window is the one that was agreed. */
  zlibInflateOptions?: object | undefined
  /** Bytes from which messages are compressed, if each is compressed by itself. Default 1024. */
  threshold?: number | undefined
  /** Has no effect: native code limits how much is compressed at a time. */
  concurrencyLimit?: number | undefined
}

/** The name of the extension. */
const NAME = 'permessage-deflate'
const THRESHOLD = 1024
/** The level that zlib takes for -1. */
const ZLIB_LEVEL = 6

/** Options in which permessage-deflate may be. Present and `undefined`, it is not offered, as by `ws`. */
interface Options {
  perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined
}

/** Returns the options of the extension; `undefined` if it is not offered. */
function toOptions(options: Options): PerMessageDeflateOptions | undefined {
  const { perMessageDeflate } = { perMessageDeflate: true, ...options } as Options
  if (!perMessageDeflate) return undefined
  return typeof perMessageDeflate === 'object' ? perMessageDeflate : {}
}

/** Whether permessage-deflate is offered. */
export function isOffered(options: Options): boolean {
  return toOptions(options) !== undefined
}

/** Returns a number that zlib would take, or `undefined` for its default. */
function within(value: unknown, least: number, most: number): number | undefined {
  const isValid = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
  return isValid ? value : undefined
}

function toLevel(level: unknown): number | undefined {
  return level === -1 ? ZLIB_LEVEL : within(level, 0, 9)
}

function toThreshold({ threshold = THRESHOLD }: PerMessageDeflateOptions): number {
  return threshold > 0 ? threshold : 0
}

/** Returns the option `compression` that offers the same. */
export function toCompression(options: Options): false | CompressionOptions {
  const given = toOptions(options)
  if (given === undefined) return false
  const { clientMaxWindowBits, serverMaxWindowBits, zlibDeflateOptions = {} } = given
  const isAlone = Boolean(given.clientNoContextTakeover)
  return {
    serverNoContextTakeover: Boolean(given.serverNoContextTakeover),
    clientNoContextTakeover: isAlone,
    serverMaxWindowBits: within(serverMaxWindowBits, 8, 15),
    clientMaxWindowBits: within(clientMaxWindowBits, 8, 15) ?? (clientMaxWindowBits ?? true) !== false,
    level: toLevel(zlibDeflateOptions.level),
    memLevel: within(zlibDeflateOptions.memLevel, 1, 9),
    // Small messages gain from those before them.
    threshold: isAlone ? toThreshold(given) : 0,
  }
}

/** Returns the header `Sec-WebSocket-Extensions` of the request; `''` if nothing is offered. */
export function toOffer(options: Options): string {
  const compression = toCompression(options)
  if (compression === false) return ''
  const parameters = [
    compression.serverNoContextTakeover && 'server_no_context_takeover',
    compression.clientNoContextTakeover && 'client_no_context_takeover',
    compression.serverMaxWindowBits && `server_max_window_bits=${compression.serverMaxWindowBits}`,
    toClientWindow(compression.clientMaxWindowBits),
  ]
  return [NAME, ...parameters.filter(Boolean)].join('; ')
}

function toClientWindow(bits: boolean | number | undefined): string | false {
  if (typeof bits === 'number') return `client_max_window_bits=${bits}`
  return bits === true && 'client_max_window_bits'
}

/** What was agreed on a connection. */
export interface Agreed {
  /** The parameters by their names: `true`, or a number of window bits. */
  readonly params: Readonly<Record<string, true | number>>
  /** Bytes from which messages are compressed. */
  readonly threshold: number
}

/**
 * Returns what was agreed; `undefined` if messages are not compressed.
 *
 * @param extensions such as `permessage-deflate; client_max_window_bits=10`
 */
export function toAgreed(extensions: string, options: Options): Agreed | undefined {
  const [name, ...parameters] = extensions.split('; ')
  if (name !== NAME) return undefined
  const params = Object.fromEntries(
    parameters.map((parameter) => {
      const [key = '', value] = parameter.split('=')
      return [key, value === undefined ? (true as const) : Number(value)]
    }),
  )
  const isAlone = params.client_no_context_takeover === true
  return { params, threshold: isAlone ? toThreshold(toOptions(options) ?? {}) : 0 }
}

/** Returns what programs read of the extensions of `ws`: objects by their names. */
export function viewExtensions(
  agreed: Agreed,
  options: { readonly maxPayload?: number | undefined },
): Record<string, object> {
  return {
    'permessage-deflate': {
      params: agreed.params,
      _maxPayload: (options.maxPayload as number) | 0,
      _threshold: agreed.threshold,
      _isServer: false,
    },
  }
}
