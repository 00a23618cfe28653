/** The options of `ws`, as far as the client has them, and the settings that they become. */

import type { ClientRequest, ClientRequestArgs } from 'node:http'
import type { createConnection, LookupFunction } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import { MAX_DELAY } from '../node/timers.js'
import type { ConnectOptions } from '../options/connect.js'
import { type Settings, toSettings } from '../options/settings.js'
import type { TlsOptions } from '../options/tls.js'
import { checkAgent, mergeAgent } from './agent.js'
import { isOffered, type PerMessageDeflateOptions, toCompression } from './deflate.js'

/** Options of a client: those of `ws`, and those of Node's `http.request` and `tls.connect`. Unknown ones are ignored. */
export interface ClientOptions<Client = unknown> extends SecureContextOptions {
  /** Whether events may share an iteration of the loop. Default `true`. */
  allowSynchronousEvents?: boolean | undefined
  /** Whether pings are answered. Default `true`. */
  autoPong?: boolean | undefined
  /** Has no effect: native code limits the bytes of pongs that are not sent. */
  maxPendingAutoPongs?: number | undefined
  /** Time for the closing handshake, in ms. Default 30 000. */
  closeTimeout?: number | undefined
  /** Time for connecting, in ms, all steps together. Default: none. */
  handshakeTimeout?: number | undefined
  followRedirects?: boolean | undefined
  /** Default 10. */
  maxRedirects?: number | undefined
  finishRequest?: ((request: ClientRequest, websocket: Client) => void) | undefined
  /** Has no effect: native code draws the masks. Causes a warning. */
  generateMask?: ((mask: Buffer) => void) | undefined
  /** Whether permessage-deflate is offered, and how. Default `true`. */
  perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined
  /** Most bytes of one incoming message. Default 100 MiB; 0 means no limit. */
  maxPayload?: number | undefined
  /** Has no effect: native code has a limit of its own. */
  maxFragments?: number | undefined
  /** Has no effect: native code has a limit of its own. */
  maxBufferedChunks?: number | undefined
  /** Has no effect: text is always checked. */
  skipUTF8Validation?: boolean | undefined
  protocolVersion?: number | undefined
  protocols?: string | string[] | undefined
  protocol?: string | undefined
  origin?: string | undefined
  headers?: Record<string, string | number | readonly string[] | undefined> | undefined
  auth?: string | null | undefined
  agent?: ClientRequestArgs['agent'] | undefined
  host?: string | undefined
  family?: number | undefined
  localAddress?: string | undefined
  lookup?: LookupFunction | undefined
  signal?: AbortSignal | undefined
  createConnection?: typeof createConnection | ClientRequestArgs['createConnection'] | undefined
  rejectUnauthorized?: boolean | undefined
  servername?: string | undefined
  /** Whether the header `Host` is sent. Default `true`. */
  setHost?: boolean | undefined
  // biome-ignore lint/suspicious/noExplicitAny: as in the types of `ws`, whose callers pass callbacks of several types.
  checkServerIdentity?: ((servername: string, cert: any) => any) | undefined
}

/** Versions of the protocol that `ws` knows. */
const VERSIONS = [8, 13]

/** The defaults of `ws`. */
const DEFAULTS = {
  allowSynchronousEvents: true,
  autoPong: true,
  closeTimeout: 30_000,
  protocolVersion: 13,
  maxBufferedChunks: 256 * 1024,
  maxFragments: 16 * 1024,
  maxPendingAutoPongs: 60,
  maxPayload: 100 * 1024 * 1024,
  perMessageDeflate: true,
  followRedirects: false,
  maxRedirects: 10,
  skipUTF8Validation: false,
} satisfies ClientOptions

/** Adds the defaults. An option that is present keeps its value, as with `ws`, also if that is `undefined`. */
export function withDefaults(options: ClientOptions): ClientOptions {
  return { ...DEFAULTS, ...options }
}

/** Options that only Node's own socket serves, or its HTTP client. */
const OF_SOCKET = [
  ...['agent', 'createConnection', 'finishRequest', 'localPort', 'hints', 'uniqueHeaders'],
  ...['insecureHTTPParser', 'maxHeaderSize', 'pfx', 'ciphers', 'checkServerIdentity', 'secureContext'],
  ...[
    'secureProtocol',
    'secureOptions',
    'ecdhCurve',
    'sigalgs',
    'crl',
    'dhparam',
    'honorCipherOrder',
    'session',
  ],
  ...[
    'pskCallback',
    'requestOCSP',
    'minDHSize',
    'privateKeyEngine',
    'privateKeyIdentifier',
    'ALPNCallback',
    'ALPNProtocols',
  ],
  ...['clientCertEngine', 'allowPartialTrustChain', 'enableTrace'],
]

/** Options of an open connection. */
const OF_OPEN = new Set(['maxPayload', 'closeTimeout', 'perMessageDeflate'])

/** Headers that the handshake sets itself; those of the program are ignored, as by `ws`. */
const OF_HANDSHAKE = new Set(['connection', 'upgrade', 'sec-websocket-key', 'sec-websocket-version'])
/** The header of an offer, which replaces that of the program. */
const EXTENSIONS = 'sec-websocket-extensions'
/** Headers that native code sends only for options of its own. */
const HEADERS_OF_SOCKET = [...['sec-websocket-protocol', EXTENSIONS, 'content-length', 'transfer-encoding']]

const OLD_TLS = new Set(['TLSv1', 'TLSv1.1'])

/** Whether the keys are such as Node accepts and native code does not: several, or with a passphrase of their own. */
function isKeyList(key: unknown): boolean {
  return Array.isArray(key) ? key.length !== 1 || isKeyList(key[0]) : isPlainObject(key)
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
}

/**
 * Returns the name of an option that needs Node's own socket or HTTP client; `undefined` if native code serves all of
 * them.
 */
export function needsSocket(given: ClientOptions): string | undefined {
  const options = mergeAgent(given)
  const found = OF_SOCKET.find((name) => Boolean((options as Record<string, unknown>)[name]))
  if (found !== undefined) return found
  // Without the name, the server is not told which host is meant.
  if (options.servername === '') return 'servername'
  if (options.setHost === false) return 'setHost'
  if (options.protocolVersion === 8) return 'protocolVersion'
  if (isKeyList(options.key)) return 'key'
  if (Array.isArray(options.cert) && options.cert.length !== 1) return 'cert'
  const version = (['minVersion', 'maxVersion'] as const).find((name) => OLD_TLS.has(options[name] ?? ''))
  if (version !== undefined) return version
  const names = new Set(Object.keys(options.headers ?? {}).map((name) => name.toLowerCase()))
  if (isOffered(options)) names.delete(EXTENSIONS)
  const header = HEADERS_OF_SOCKET.find((name) => names.has(name))
  return header === undefined ? undefined : `headers.${header}`
}

/**
 * Checks the version of the protocol.
 *
 * @throws RangeError with the message of `ws`.
 */
export function checkVersion(version: number | undefined): void {
  if (VERSIONS.includes(version as number)) return
  const supported = VERSIONS.join(', ')
  throw new RangeError(`Unsupported protocol version: ${version} (supported versions: ${supported})`)
}

/** Returns the time for the closing handshake as Node's timers read it: what they cannot count is 1 ms. */
function toCloseTimeout({ closeTimeout }: ClientOptions): number {
  const delay = Number(closeTimeout)
  return delay >= 1 && delay <= MAX_DELAY ? delay : 1
}

/** Request headers: the name as given and the value, by the name in lower case. */
export type Headers = Map<string, [name: string, value: string | number | readonly string[]]>

/** Returns the headers of the request. Of headers that differ only in case, the last one counts, as in Node. */
export function toHeaders(options: ClientOptions): Headers {
  const headers: Headers = new Map()
  const set = (name: string, value: unknown) => {
    if (value === undefined) {
      const message = `Invalid value "undefined" for header "${name}"`
      throw Object.assign(new TypeError(message), { code: 'ERR_HTTP_INVALID_HEADER_VALUE' })
    }
    // A template throws for a symbol, as Node does.
    const sent = Array.isArray(value) || typeof value === 'number' ? value : `${value}`
    headers.set(name.toLowerCase(), [name, sent])
  }
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (!OF_HANDSHAKE.has(name.toLowerCase())) set(name, value)
  }
  if (isOffered(options)) headers.delete(EXTENSIONS)
  if (options.origin) set(options.protocolVersion === 8 ? 'Sec-WebSocket-Origin' : 'Origin', options.origin)
  return headers
}

/** Returns the value of the header of basic authentication. */
export function basic(auth: string): string {
  return `Basic ${Buffer.from(auth).toString('base64')}`
}

/** Returns the user name and the password of an address, decoded; `undefined` if it has none. */
export function userInfo(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined
  return `${decode(url.username)}:${decode(url.password)}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function toTlsOptions(options: ClientOptions): TlsOptions {
  const names = ['ca', 'cert', 'key', 'passphrase', 'servername', 'minVersion', 'maxVersion'] as const
  const given = names.filter((name) => options[name] !== undefined && options[name] !== null)
  return {
    ...(Object.fromEntries(given.map((name) => [name, options[name]])) as TlsOptions),
    ...(options.rejectUnauthorized === undefined
      ? {}
      : { rejectUnauthorized: options.rejectUnauthorized !== false }),
  }
}

/** Returns the settings of a connect to this address. */
export function toClientSettings(
  url: URL,
  protocols: string[],
  headers: Headers,
  original: ClientOptions,
): Settings {
  checkAgent(original, url.protocol === 'wss:')
  const options = mergeAgent(original)
  const { handshakeTimeout, localAddress, signal } = options
  // As in Node, these are not used for an address.
  const { lookup, family } = isAddress(url) ? {} : options
  // Bitwise operators are how `ws` reads limits.
  const limit = (options.maxPayload as number) | 0
  const given: ConnectOptions = {
    connectTimeout: handshakeTimeout || 0,
    closeTimeout: toCloseTimeout(options),
    pingInterval: 0,
    protocols,
    headers: [...headers.values()].flatMap(([name, value]) => toLines(name, value)),
    maxMessageSize: Math.max(limit, 0),
    compression: toCompression(options),
    ...(url.protocol === 'wss:' ? { tls: toTlsOptions(options) } : {}),
    lookup: lookup || undefined,
    localAddress: localAddress || undefined,
    family: family === 4 || family === 6 ? family : 0,
    signal: signal || undefined,
    proxy: false,
  }
  // An empty fragment is none.
  return toSettings(url.href.replace(/#$/, ''), given)
}

/** Whether the host of a URL is an IP address, which `URL` has normalised. */
function isAddress({ hostname }: URL): boolean {
  return hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname)
}

/** Returns the settings of a connection of which Node's HTTP client has performed the handshake. */
export function toUpgradedSettings(url: URL, protocols: string[], options: ClientOptions): Settings {
  const open: ClientOptions = Object.fromEntries(
    Object.entries(options).filter(([name]) => OF_OPEN.has(name)),
  )
  return toClientSettings(url, protocols, new Map(), open)
}

function toLines(name: string, value: string | number | readonly string[]): [string, string][] {
  return Array.isArray(value) ? value.map((item) => [name, String(item)]) : [[name, String(value)]]
}
