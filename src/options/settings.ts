/** The settings of a connection: the options of `connect`, checked, with defaults, and as native code takes them. */

import type { LookupFunction } from 'node:net'
import { describe, invalid } from '../errors/invalid.js'
import type { ConnectRequest } from '../native/binding.js'
import { readUrl } from '../native/url.js'
import { CONNECT_OPTIONS, type ConnectOptions } from './connect.js'
import { environmentProxies } from './proxy.js'
import { checkNames, checkObject, reader } from './records.js'
import { recall, remember } from './repeated.js'
import { type SocketSettings, toSocketSettings } from './socket.js'
import { toTls } from './tls.js'

/** Checked options. `Infinity` stands for no limit. */
export interface Settings {
  request: ConnectRequest
  /** Which request it is, if later connects may have the same one; otherwise 0. Native code reads equal numbers once. */
  requestNumber: number
  /** Whether the URL asks for TLS. */
  isSecure: boolean
  /** In ms, like all times. */
  receiveTimeout: number
  iterationTimeout: number
  sendTimeout: number
  closeTimeout: number
  pingTimeout: number
  idleTimeout: number
  /** In bytes. */
  highWaterMark: number
  receiveQueueBytes: number
  signal: AbortSignal | undefined
  lookup: LookupFunction | undefined
  /** Whether iteration ends without an error, however the connection ended. */
  endsQuietly?: boolean
  /** Whether the memory of messages is reused. */
  reuseMemory: boolean
  /** How the stream is opened that carries the connection; `undefined` if no option needs one. */
  socket: SocketSettings | undefined
}

/** Reads one option. */
type Read = ReturnType<typeof reader<typeof CONNECT_OPTIONS>>

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
function toProxyRequest(read: Read, isDirect: boolean): ProxyRequest {
  const proxy = read('proxy')
  const proxyHeaders = read('proxyHeaders')
  const proxyTls = read('proxyTls')
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

function toRequest(url: string, isLocal: boolean, read: Read): ConnectRequest {
  const followed = Math.min(Math.floor(read('maxRedirects')), MAX_REDIRECTS)
  const maxRedirects = read('followRedirects') ? followed : 0
  return {
    url,
    connectTimeout: limit(read('connectTimeout')),
    headers: read('headers'),
    protocols: read('protocols'),
    origin: read('origin'),
    maxRedirects,
    tls: read('tls'),
    // A redirect may lead to another host.
    ...toProxyRequest(read, isLocal && maxRedirects === 0),
    family: read('family'),
    localAddress: read('localAddress'),
    maxMessageSize: read('maxMessageSize'),
    highWaterMark: read('highWaterMark'),
    // Timers have a resolution of 1 ms, and the peer needs time to answer a ping.
    pingInterval: limit(Math.max(read('pingInterval'), 1)),
    pingTimeout: limit(read('pingTimeout')),
    busyPoll: read('busyPoll'),
    compression: read('compression'),
  }
}

/** Checks that the options of `connect` are an object, and says where subprotocols go. */
export function checkConnectObject(options: unknown): asserts options is object {
  // Subprotocols, as other clients take them.
  if (typeof options === 'string' || Array.isArray(options))
    throw invalid('ERR_WS_INVALID_OPTION', 'the options have to be an object: { protocols: [...] }')
  checkObject(options, 'options')
}

/**
 * Checks the arguments of `connect`.
 *
 * @throws TypeError with code `ERR_WS_INVALID_OPTION`, `ERR_WS_UNKNOWN_OPTION`, `ERR_WS_UNSUPPORTED_OPTION` or
 * `ERR_WS_INVALID_URL`; the message names what is wrong.
 */
export function toSettings(url: string | URL, options: ConnectOptions = {}): Settings {
  const known = recall<Settings>(url, options)
  if (known !== undefined) return known
  const settings = check(url, options)
  const isDirect = options.proxy === false || readUrl(settings.request.url).isLocal
  return remember(url, options, settings, isDirect)
}

function check(url: string | URL, options: ConnectOptions): Settings {
  checkConnectObject(options)
  checkNames(options, CONNECT_OPTIONS)
  const text = toUrl(url)
  const read = reader(options, CONNECT_OPTIONS)
  const { isSecure, isLocal } = readUrl(text)
  const request = toRequest(text, isLocal, read)
  const receiveTimeout = read('receiveTimeout')
  return {
    request,
    requestNumber: 0,
    isSecure,
    receiveTimeout,
    iterationTimeout: options.receiveTimeout === undefined ? Number.POSITIVE_INFINITY : receiveTimeout,
    sendTimeout: read('sendTimeout'),
    closeTimeout: read('closeTimeout'),
    pingTimeout: read('pingTimeout'),
    idleTimeout: read('idleTimeout'),
    highWaterMark: request.highWaterMark,
    receiveQueueBytes: read('receiveQueue'),
    signal: read('signal'),
    reuseMemory: read('reuseMemory'),
    lookup: read('lookup'),
    socket: toSocketSettings(
      read('driver'),
      read('createConnection'),
      read('agent'),
      request.tls,
      request.proxyTls,
    ),
  }
}
