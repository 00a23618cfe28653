/**
 * The request of the opening handshake as an object of Node's `http`. Native code sends the request: this one is made for
 * programs that look at it.
 */

import type { Agent, ClientRequest, RequestOptions } from 'node:http'
import { crypto, http, net } from '../node/builtin.js'
import { nextTick } from '../node/timers.js'
import { isUnix } from './address.js'
import type { ClientOptions, Headers } from './options.js'

/** An agent that never connects: native code does. */
function idleAgent(isSecure: boolean): Agent {
  const agent = {
    addRequest() {},
    protocol: isSecure ? 'https:' : 'http:',
    defaultPort: isSecure ? 443 : 80,
  }
  return agent as unknown as Agent
}

/** Returns where a request goes: host and port, or the path of a socket, and the path of the resource. */
export function toDestination(url: URL): Pick<RequestOptions, 'host' | 'port' | 'path' | 'socketPath'> {
  if (isUnix(url)) {
    const [socketPath = '', path] = url.pathname.split(':')
    return { host: undefined, port: undefined, socketPath, path: (path ?? '/') + url.search }
  }
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  const port = url.port || (url.protocol === 'wss:' ? 443 : 80)
  return { host, port, socketPath: undefined, path: url.pathname + url.search }
}

/** What a request says. */
export interface RequestContent {
  readonly url: URL
  readonly protocols: readonly string[]
  readonly headers: Headers
  /** User name and password, if no header has them. */
  readonly auth: string | undefined
  /** The extensions that are offered; `''` for none. */
  readonly extensions: string
}

/** Returns all headers of the request, by their names. */
export function toOutgoing({ protocols, headers, extensions }: RequestContent, options: ClientOptions) {
  return {
    ...Object.fromEntries(headers.values()),
    'Sec-WebSocket-Version': options.protocolVersion ?? 13,
    'Sec-WebSocket-Key': crypto().randomBytes(16).toString('base64'),
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    ...(extensions === '' ? {} : { 'Sec-WebSocket-Extensions': extensions }),
    ...(protocols.length === 0 ? {} : { 'Sec-WebSocket-Protocol': protocols.join(',') }),
  }
}

/** A token (RFC 9110 section 5.6.2). */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/
/** What is sent as a header: a value that Node refuses has a character that is not here. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

function isSendable(value: string | number | readonly string[]): boolean {
  return Array.isArray(value) ? value.every((item) => VALUE.test(String(item))) : VALUE.test(String(value))
}

/** Options of Node's `http.request` that it checks, and that native code serves or does not need. */
interface Checked {
  readonly insecureHTTPParser?: unknown
  readonly joinDuplicateHeaders?: unknown
  readonly maxHeaderSize?: unknown
}

/** Whether Node refuses the request, or may. */
function isDoubtful({ headers }: RequestContent, options: ClientOptions & Checked): boolean {
  const { handshakeTimeout: timeout, signal } = options
  if (timeout !== undefined && !(Number.isFinite(timeout) && (timeout as number) >= 0)) return true
  if (signal !== undefined && !(signal instanceof AbortSignal)) return true
  const { insecureHTTPParser, joinDuplicateHeaders, maxHeaderSize } = options
  if ([insecureHTTPParser, joinDuplicateHeaders, maxHeaderSize].some((value) => value !== undefined))
    return true
  return ![...headers.values()].every(([name, value]) => NAME.test(name) && isSendable(value))
}

/**
 * Checks what native code does not: headers, and options of Node's `http.request`.
 *
 * @throws The error of Node.
 */
export function checkRequest(content: RequestContent, options: ClientOptions): void {
  if (!isDoubtful(content, options)) return
  const { handshakeTimeout: timeout } = options
  makeClientRequest(content, { ...options, timeout } as RequestOptions, options)
}

function makeClientRequest(
  content: RequestContent,
  given: RequestOptions,
  options: ClientOptions,
): ClientRequest {
  const isSecure = content.url.protocol === 'wss:'
  return new (http().ClientRequest)({
    ...given,
    ...toDestination(content.url),
    headers: toOutgoing(content, options) as NonNullable<RequestOptions['headers']>,
    auth: content.auth,
    agent: idleAgent(isSecure),
    createConnection: undefined,
    method: 'GET',
    defaultPort: isSecure ? 443 : 80,
    protocol: isSecure ? 'https:' : 'http:',
  } as RequestOptions)
}

/**
 * Makes the request of a handshake that native code performs. It is never sent. Its event `'socket'` has a socket that is
 * not connected.
 *
 * @param end called when the program aborts the request or destroys it
 */
export function makeRequest(
  content: RequestContent,
  options: ClientOptions,
  end: (error: Error | undefined) => void,
): ClientRequest {
  const request = makeClientRequest(content, {}, options)
  const destroy = request.destroy.bind(request)
  request.destroy = (error) => {
    destroy()
    end(error)
    return request
  }
  nextTick(() => {
    if (request.listenerCount('socket') > 0) request.emit('socket', new (net().Socket)())
  })
  return request
}
