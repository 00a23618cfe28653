/**
 * The options of `connect`, one type for all faces: defaults, checks, and what native code gets.
 * Every time is in milliseconds; `0` or `Infinity` means no limit.
 */

import type { LookupFunction } from 'node:net'
import { toLookup } from '../connection/lookup.js'
import { AbortError } from '../errors/classes.js'
import { invalid } from '../errors/invalid.js'
import type { ConnectRequest } from '../native/binding.js'
import { describe } from '../native/payload.js'
import { checkNames, toFlag, toText, wrong } from './checks.js'
import { type HeaderList, toHeaders } from './headers.js'
import { toProxy } from './proxy.js'
import { type TlsOptions, toTls } from './tls.js'

export type { TlsOptions } from './tls.js'

/** Options of `connect`. */
export interface ConnectOptions {
  /** Time for all of connecting: DNS, TCP, proxy, TLS, upgrade and redirects, in ms. Default 30 000. */
  connectTimeout?: number
  /** Time a `recv` or `recvMany` waits, in ms. Default 30 000; iteration has none unless it is set. */
  receiveTimeout?: number
  /** Time a `send` above the high-water mark waits, in ms. Default 30 000. */
  sendTimeout?: number
  /** Time for the closing handshake, in ms. Default 10 000. */
  closeTimeout?: number
  /** Time between keepalive pings, in ms. Default 20 000. */
  pingInterval?: number
  /** Silence after a ping that ends the connection, in ms. Default 20 000. */
  pingTimeout?: number
  /** Subprotocols to offer, the preferred one first (RFC 6455 section 1.9). */
  protocols?: string | string[]
  /**
   * Request headers. `Host` and `Authorization` replace the default ones. Those of the handshake itself are refused,
   * unless they say what it says anyway (`Upgrade: websocket`). A list of values is a line for each, as Node sends it;
   * cookies are one line. Values are sent as Latin-1.
   */
  headers?: HeaderList
  /** `Origin` header. */
  origin?: string
  /** Most bytes of one incoming message. Default 64 MiB; 512 MiB is the most, and what 0 means. */
  maxMessageSize?: number
  /** Unsent bytes at which `send` begins to wait. Default 1 MiB. */
  highWaterMark?: number
  /** How much may wait unread, payload plus 64 bytes a message, before reading stops. Default 1 MiB. */
  receiveQueue?: { bytes?: number }
  /** TLS options, for `wss:`. */
  tls?: TlsOptions
  /**
   * Resolves host names instead of the system: as Node's `dns.lookup`, which is asked for all addresses. Under the
   * blocking face it has to call back before it returns. Not asked for names that a proxy resolves.
   */
  lookup?: LookupFunction
  /** Local address to connect from. */
  localAddress?: string
  /** 4 or 6 to use only that version of IP. Default 0, both. */
  family?: 0 | 4 | 6
  /**
   * How long to wait for a reply awake before the thread sleeps: at most so many microseconds, 1 to 1000,
   * or never. Default `'auto'`: at most 50 us, and only where replies have been coming that soon and no other
   * process wants the core. Before, the socket is read at once (at most twice), as long as that has been finding
   * replies. Ends at the first event of anything the loop waits for; of replies that are there at once, 16 or those
   * of 100 us come before other events, and none after more than 128 KiB. Has no effect under Windows' event loop.
   */
  busyPoll?: 'auto' | false | number
  /**
   * Whether the memory of binary messages is used again once the next ones are asked for, by `recv`, `recvMany` or
   * iteration: until then, and by one reader at a time, they can be used; what is kept longer has to be copied
   * (`Buffer.from(message)`). The memory is warm then, which makes messages of 4 to 64 KiB mostly 5 to 20 %
   * quicker. Texts are not affected. Default `false`: messages can be kept.
   */
  reuseMemory?: boolean
  /** Aborts connecting; an open connection is not affected. */
  signal?: AbortSignal
  /**
   * The proxy to connect through: an `http:`, `https:`, `socks4:`, `socks4a:`, `socks5:`, `socks5h:` or `socks:` URL, in
   * which user name and password may stand; `false` for none. Default `true`, the environment's: `ws_proxy`,
   * `http_proxy` and `all_proxy` for `ws:`, `wss_proxy`, `https_proxy` and `all_proxy` for `wss:`, in lower or upper
   * case, but for loopback and what `no_proxy` lists.
   */
  proxy?: string | URL | boolean
  /**
   * Headers of the CONNECT request to an `http:` or `https:` proxy, the environment's too; never sent to the server.
   * `Proxy-Authorization` replaces the credentials of the proxy's URL. Without such a proxy they are checked and not
   * used.
   */
  proxyHeaders?: HeaderList
  /** TLS options for an `https:` proxy; what `tls` says is not for it. */
  proxyTls?: TlsOptions
  /** Only `false` in this version: permessage-deflate is not offered. */
  compression?: false
  /**
   * Whether to follow redirects, within `connectTimeout`. Default `false`: a redirect is a HandshakeError. On the way to
   * another origin credentials, cookies, `Host`, the client's certificate and `servername` are left out, and all other
   * headers go along; one from `wss:` to `ws:` is never followed.
   */
  followRedirects?: boolean
  /** How many redirects are followed, one after the other. Default 10. */
  maxRedirects?: number
}

/** Options of a call that may wait. */
export interface WaitOptions {
  /** Time to wait, in ms, instead of the connection's. */
  timeout?: number
  /** Ends the wait with an AbortError. Under the blocking face it is looked at before waiting only. */
  signal?: AbortSignal
}

/** Options of `recvMany`. */
export interface RecvManyOptions extends WaitOptions {
  /** Most messages to take. Default: all that are there. */
  max?: number
}

/** Checked options. `Infinity` stands for no limit. */
export interface Settings {
  request: ConnectRequest
  receiveTimeout: number
  iterationTimeout: number
  sendTimeout: number
  closeTimeout: number
  pingTimeout: number
  highWaterMark: number
  receiveQueueBytes: number
  signal: AbortSignal | undefined
  lookup: LookupFunction | undefined
  /** Iteration ends without an error however the connection ended. */
  endsQuietly?: boolean
  /** Messages may not be kept. */
  reuseMemory: boolean
}

const MIB = 1024 * 1024

/** Most bytes of a message under any option: the longest string there can be, less a little. */
const MAX_MESSAGE_SIZE = 512 * MIB - 64

/** Options a later version will do something with; until then only `false` says what happens. */
const NOT_YET = ['compression']

const KNOWN = new Set([
  ...['connectTimeout', 'receiveTimeout', 'sendTimeout', 'closeTimeout', 'pingInterval', 'pingTimeout'],
  ...['protocols', 'headers', 'origin', 'maxMessageSize', 'highWaterMark', 'receiveQueue', 'tls'],
  ...[
    'localAddress',
    'family',
    'busyPoll',
    'reuseMemory',
    'signal',
    'followRedirects',
    'maxRedirects',
    'proxy',
    'proxyHeaders',
    'proxyTls',
    'lookup',
  ],
  ...NOT_YET,
])

/** Names of the contract that this version refuses, so that nobody takes them for a misspelling. */
const REFUSED = new Set(['driver'])

/**
 * Reads a time.
 *
 * @throws TypeError `ERR_WS_INVALID_OPTION` for anything but a number of at least 0.
 */
export function toTimeout(name: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !(value >= 0)) throw wrong(name, 'a time in ms, 0 or more', value)
  return value === 0 ? Number.POSITIVE_INFINITY : value
}

function toBytes(name: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !(value >= 0)) throw wrong(name, 'a number of bytes, 0 or more', value)
  return value === 0 ? Number.POSITIVE_INFINITY : value
}

/** Longest `busyPoll`: what is longer than that would hold up timers. */
const MAX_BUSY_POLL = 1000

function toBusyPoll(value: unknown): number | undefined {
  if (value === undefined || value === 'auto') return undefined
  if (value === false) return 0
  if (typeof value !== 'number' || !(value >= 1 && value <= MAX_BUSY_POLL)) {
    throw wrong('busyPoll', `'auto', false or a number of microseconds, 1 to ${MAX_BUSY_POLL}`, value)
  }
  return value
}

/** A limit as native code takes it: left out for none. */
function limit(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined
}

/** Without anything to compress with, only `false` is true. */
function checkNotYet(options: ConnectOptions): void {
  for (const name of NOT_YET) {
    const value = options[name as keyof ConnectOptions]
    if (value !== undefined && value !== false) {
      throw invalid('ERR_WS_UNSUPPORTED_OPTION', `option ${name} can only be false in this version`)
    }
  }
}

function toProtocols(value: unknown): string[] {
  const list = value === undefined ? [] : typeof value === 'string' ? [value] : value
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) {
    throw wrong('protocols', 'a string or an array of strings', value)
  }
  return list
}

function toReceiveQueue(value: ConnectOptions['receiveQueue']): number {
  if (value === undefined) return MIB
  if (typeof value !== 'object' || value === null) throw wrong('receiveQueue', 'an object', value)
  checkNames(value, new Set(['bytes']), new Set(), 'receiveQueue.')
  return toBytes('receiveQueue.bytes', value.bytes, MIB)
}

/** Redirects to follow; 0 where none are. */
function toRedirects({ followRedirects, maxRedirects = 10 }: ConnectOptions): number {
  if (typeof maxRedirects !== 'number' || !(maxRedirects >= 0))
    throw wrong('maxRedirects', 'a number, 0 or more', maxRedirects)
  return toFlag('followRedirects', followRedirects, false) ? Math.min(Math.floor(maxRedirects), 1000) : 0
}

const WAIT_NAMES = new Set(['timeout', 'signal'])

/**
 * Checks the options of a call and gives its signal.
 *
 * @throws TypeError as `connect` does; AbortError where the signal is aborted already.
 */
export function toWaitSignal(options: WaitOptions): AbortSignal | undefined {
  if (typeof options !== 'object' || options === null) throw wrong('options', 'an object', options)
  checkNames(options, WAIT_NAMES, new Set(), '')
  const signal = toSignal(options.signal)
  if (signal?.aborted) throw new AbortError(signal.reason)
  return signal
}

/** Checks the options of `recvMany`, apart from those of its wait. */
export function toRecvMany(options: RecvManyOptions = {}): { most: number; wait: WaitOptions } {
  if (typeof options !== 'object' || options === null) throw wrong('options', 'an object', options)
  const { max, ...wait } = options
  return { most: toMax(max), wait }
}

/** Checks `max` of `recvMany`. */
export function toMax(value: unknown): number {
  if (value === undefined) return Number.POSITIVE_INFINITY
  if (typeof value !== 'number' || !(value >= 1)) throw wrong('max', 'a number of messages, 1 or more', value)
  return value
}

/** Checks a signal. */
export function toSignal(value: unknown): AbortSignal | undefined {
  // Not `instanceof`: the signal may come from another realm.
  const signal = value as AbortSignal | undefined
  const isFunction = (method: unknown) => typeof method === 'function'
  const fits =
    typeof signal?.aborted === 'boolean' &&
    isFunction(signal.addEventListener) &&
    isFunction(signal.removeEventListener)
  if (value !== undefined && !fits) throw wrong('signal', 'an AbortSignal', value)
  return signal
}

function toRequest(url: string | URL, options: ConnectOptions): ConnectRequest {
  if (typeof url !== 'string' && !(url instanceof URL)) {
    throw invalid('ERR_WS_INVALID_URL', `the URL has to be a string or a URL, not ${describe(url)}`)
  }
  const { family = 0 } = options
  if (family !== 0 && family !== 4 && family !== 6) throw wrong('family', '0, 4 or 6', family)
  const text = String(url)
  const maxRedirects = toRedirects(options)
  const proxy = toProxy(options.proxy, text, maxRedirects)
  const mayMeetProxy = proxy.proxy !== undefined || proxy.proxyVariables !== undefined
  return {
    url: text,
    connectTimeout: limit(toTimeout('connectTimeout', options.connectTimeout, 30_000)),
    headers: toHeaders('headers', options.headers),
    protocols: toProtocols(options.protocols),
    origin: toText('origin', options.origin),
    maxRedirects,
    tls: toTls('tls', options.tls),
    ...proxy,
    ...(options.proxyHeaders === undefined
      ? {}
      : { proxyHeaders: toHeaders('proxyHeaders', options.proxyHeaders) }),
    // Most connects meet no proxy.
    ...(mayMeetProxy || options.proxyTls !== undefined
      ? { proxyTls: toTls('proxyTls', options.proxyTls) }
      : {}),
    family,
    localAddress: toText('localAddress', options.localAddress),
    maxMessageSize: Math.min(toBytes('maxMessageSize', options.maxMessageSize, 64 * MIB), MAX_MESSAGE_SIZE),
    highWaterMark: toBytes('highWaterMark', options.highWaterMark, MIB),
    // Timers have no finer grain, and a ping should have time to be answered.
    pingInterval: limit(Math.max(toTimeout('pingInterval', options.pingInterval, 20_000), 1)),
    pingTimeout: limit(toTimeout('pingTimeout', options.pingTimeout, 20_000)),
    busyPoll: toBusyPoll(options.busyPoll),
  }
}

/**
 * Checks everything a caller gave to `connect`.
 *
 * @throws TypeError with code `ERR_WS_INVALID_OPTION`, `ERR_WS_UNKNOWN_OPTION`,
 * `ERR_WS_UNSUPPORTED_OPTION` or `ERR_WS_INVALID_URL`, naming what is wrong.
 */
export function toSettings(url: string | URL, options: ConnectOptions = {}): Settings {
  if (typeof options !== 'object' || options === null) throw wrong('options', 'an object', options)
  checkNames(options, KNOWN, REFUSED, '')
  checkNotYet(options)
  const request = toRequest(url, options)
  return {
    request,
    receiveTimeout: toTimeout('receiveTimeout', options.receiveTimeout, 30_000),
    iterationTimeout: toTimeout('receiveTimeout', options.receiveTimeout, Number.POSITIVE_INFINITY),
    sendTimeout: toTimeout('sendTimeout', options.sendTimeout, 30_000),
    closeTimeout: toTimeout('closeTimeout', options.closeTimeout, 10_000),
    pingTimeout: toTimeout('pingTimeout', options.pingTimeout, 20_000),
    highWaterMark: request.highWaterMark,
    receiveQueueBytes: toReceiveQueue(options.receiveQueue),
    signal: toSignal(options.signal),
    reuseMemory: toFlag('reuseMemory', options.reuseMemory, false),
    lookup: toLookup(options.lookup),
  }
}
