/** The settings of a connection: the options of `connect`, checked and with defaults. */

import type { LookupFunction } from 'node:net'
import { describe, invalid } from '../errors/invalid.js'
import type { ConnectRequest } from '../native/binding.js'
import { readUrl } from '../native/url.js'
import { checkNames, toBytes, toFlag, toFunction, toText, toTimeout, wrong } from './checks.js'
import type { ConnectOptions } from './connect.js'
import { toHeaders } from './headers.js'
import { toProxy } from './proxy.js'
import { toTls } from './tls.js'
import { toSignal } from './wait.js'

/** Checked options. `Infinity` stands for no limit. */
export interface Settings {
  request: ConnectRequest
  /** Whether the URL asks for TLS. */
  isSecure: boolean
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

function toUrl(url: unknown): string {
  if (typeof url === 'string' || url instanceof URL) return String(url)
  throw invalid('ERR_WS_INVALID_URL', `the URL has to be a string or a URL, not ${describe(url)}`)
}

function toRequest(text: string, isLocal: boolean, options: ConnectOptions): ConnectRequest {
  const { family = 0 } = options
  if (family !== 0 && family !== 4 && family !== 6) throw wrong('family', '0, 4 or 6', family)
  const maxRedirects = toRedirects(options)
  // A redirect may lead to another host.
  const proxy = toProxy(options.proxy, isLocal && maxRedirects === 0)
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
  const text = toUrl(url)
  const { isSecure, isLocal } = readUrl(text)
  const request = toRequest(text, isLocal, options)
  return {
    request,
    isSecure,
    receiveTimeout: toTimeout('receiveTimeout', options.receiveTimeout, 30_000),
    iterationTimeout: toTimeout('receiveTimeout', options.receiveTimeout, Number.POSITIVE_INFINITY),
    sendTimeout: toTimeout('sendTimeout', options.sendTimeout, 30_000),
    closeTimeout: toTimeout('closeTimeout', options.closeTimeout, 10_000),
    pingTimeout: toTimeout('pingTimeout', options.pingTimeout, 20_000),
    highWaterMark: request.highWaterMark,
    receiveQueueBytes: toReceiveQueue(options.receiveQueue),
    signal: toSignal(options.signal),
    reuseMemory: toFlag('reuseMemory', options.reuseMemory, false),
    lookup: toFunction<LookupFunction>('lookup', options.lookup),
  }
}
