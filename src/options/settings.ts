/** The settings of a connection: the options of `connect`, checked, with defaults, and as native code takes them. */

import type { LookupFunction } from 'node:net'
import { describe, invalid } from '../errors/invalid.js'
import type { ConnectRequest } from '../native/binding.js'
import { readUrl } from '../native/url.js'
import { CONNECT_OPTIONS, type ConnectOptions, REFUSED_OPTIONS } from './connect.js'
import { environmentProxies } from './proxy.js'
import { check, checkNames, checkObject, type SettingsOf } from './records.js'
import { toTls } from './tls.js'

/** Checked options. `Infinity` stands for no limit. */
export interface Settings {
  request: ConnectRequest
  /** Whether the URL asks for TLS. */
  isSecure: boolean
  /** In ms, like all times. */
  receiveTimeout: number
  iterationTimeout: number
  sendTimeout: number
  closeTimeout: number
  pingTimeout: number
  /** In bytes. */
  highWaterMark: number
  receiveQueueBytes: number
  signal: AbortSignal | undefined
  lookup: LookupFunction | undefined
  /** Whether iteration ends without an error, however the connection ended. */
  endsQuietly?: boolean
  /** Whether the memory of messages is reused. */
  reuseMemory: boolean
}

type Checked = SettingsOf<typeof CONNECT_OPTIONS>

/** Most redirects of native code. */
const MAX_REDIRECTS = 1000

/** The limit in the form of native code: left out for none. */
function limit(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined
}

function toUrl(url: unknown): string {
  if (typeof url === 'string' || url instanceof URL) return String(url)
  throw invalid('ERR_WS_INVALID_URL', `the URL has to be a string or a URL, not ${describe(url)}`)
}

type ProxyRequest = Pick<ConnectRequest, 'proxy' | 'proxyVariables' | 'proxyHeaders' | 'proxyTls'>

/** @param isDirect whether proxies of the environment are not used */
function toProxyRequest({ proxy, proxyHeaders, proxyTls }: Checked, isDirect: boolean): ProxyRequest {
  const given: ProxyRequest =
    typeof proxy === 'string'
      ? { proxy }
      : { proxyVariables: proxy && !isDirect ? environmentProxies() : undefined }
  const mayMeetProxy = given.proxy !== undefined || given.proxyVariables !== undefined
  return {
    ...given,
    ...(proxyHeaders === undefined ? {} : { proxyHeaders }),
    // Most connects meet no proxy.
    ...(mayMeetProxy || proxyTls !== undefined ? { proxyTls: proxyTls ?? toTls('proxyTls', undefined) } : {}),
  }
}

function toRequest(url: string, isLocal: boolean, checked: Checked): ConnectRequest {
  const { followRedirects, pingInterval } = checked
  const maxRedirects = followRedirects ? Math.min(Math.floor(checked.maxRedirects), MAX_REDIRECTS) : 0
  return {
    url,
    connectTimeout: limit(checked.connectTimeout),
    headers: checked.headers,
    protocols: checked.protocols,
    origin: checked.origin,
    maxRedirects,
    tls: checked.tls,
    // A redirect may lead to another host.
    ...toProxyRequest(checked, isLocal && maxRedirects === 0),
    family: checked.family,
    localAddress: checked.localAddress,
    maxMessageSize: checked.maxMessageSize,
    highWaterMark: checked.highWaterMark,
    // Timers have a resolution of 1 ms, and the peer needs time to answer a ping.
    pingInterval: limit(Math.max(pingInterval, 1)),
    pingTimeout: limit(checked.pingTimeout),
    busyPoll: checked.busyPoll,
  }
}

/**
 * Checks the arguments of `connect`.
 *
 * @throws TypeError with code `ERR_WS_INVALID_OPTION`, `ERR_WS_UNKNOWN_OPTION`, `ERR_WS_UNSUPPORTED_OPTION` or
 * `ERR_WS_INVALID_URL`; the message names what is wrong.
 */
export function toSettings(url: string | URL, options: ConnectOptions = {}): Settings {
  checkObject(options, 'options')
  checkNames(options, CONNECT_OPTIONS, REFUSED_OPTIONS)
  const text = toUrl(url)
  const checked = check(options, CONNECT_OPTIONS)
  const { isSecure, isLocal } = readUrl(text)
  const { receiveTimeout } = checked
  return {
    request: toRequest(text, isLocal, checked),
    isSecure,
    receiveTimeout,
    iterationTimeout: options.receiveTimeout === undefined ? Number.POSITIVE_INFINITY : receiveTimeout,
    sendTimeout: checked.sendTimeout,
    closeTimeout: checked.closeTimeout,
    pingTimeout: checked.pingTimeout,
    highWaterMark: checked.highWaterMark,
    receiveQueueBytes: checked.receiveQueue,
    signal: checked.signal,
    reuseMemory: checked.reuseMemory,
    lookup: checked.lookup,
  }
}
