/**
 * The request and the response of the opening handshake as objects of Node's `http`. Native code sends the one and reads
 * the other: these are made for programs that look at them.
 */

import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import type { Socket } from 'node:net'
import { crypto, http } from '../node/builtin.js'
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
    return { host: undefined, port: undefined, socketPath, path: path ?? '/' }
  }
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  const port = url.port || (url.protocol === 'wss:' ? 443 : 80)
  return { host, port, path: url.pathname + url.search }
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

/**
 * Makes the request of a handshake that native code performs. It is never sent.
 *
 * @param end called when the program aborts the request or destroys it
 */
export function makeRequest(content: RequestContent, options: ClientOptions, end: () => void): ClientRequest {
  const isSecure = content.url.protocol === 'wss:'
  const request = new (http().ClientRequest)({
    ...toDestination(content.url),
    headers: toOutgoing(content, options) as NonNullable<RequestOptions['headers']>,
    auth: content.auth,
    agent: idleAgent(isSecure),
    defaultPort: isSecure ? 443 : 80,
    protocol: isSecure ? 'https:' : 'http:',
  } as RequestOptions)
  const destroy = request.destroy.bind(request)
  request.destroy = (error) => {
    destroy(error)
    end()
    return request
  }
  return request
}

/** Headers of which Node keeps the first value only. */
const SINGLE = new Set([
  ...['age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host'],
  ...['if-modified-since', 'if-unmodified-since', 'last-modified', 'location', 'max-forwards'],
  ...['proxy-authorization', 'referer', 'retry-after', 'server', 'user-agent'],
])

/** Joins headers as Node's http does. */
function toIncoming(flat: readonly string[]): IncomingMessage['headers'] {
  const headers: Record<string, string | string[]> = {}
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const name = (flat[at] as string).toLowerCase()
    const value = flat[at + 1] as string
    const earlier = headers[name]
    if (name === 'set-cookie') headers[name] = [...((earlier as string[] | undefined) ?? []), value]
    else if (earlier === undefined) headers[name] = value
    else if (!SINGLE.has(name)) headers[name] = `${earlier}${name === 'cookie' ? '; ' : ', '}${value}`
  }
  return headers
}

/** A response of the handshake. */
export interface ResponseContent {
  readonly status: number
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly body: Buffer | undefined
}

/** Makes a response with its whole body. */
export function makeResponse({ status, headers, body }: ResponseContent, socket: object): IncomingMessage {
  const { IncomingMessage: Message, STATUS_CODES } = http()
  const response = new Message(socket as Socket)
  response.httpVersion = '1.1'
  response.httpVersionMajor = 1
  response.httpVersionMinor = 1
  response.statusCode = status
  response.statusMessage = STATUS_CODES[status] ?? ''
  response.rawHeaders = [...headers]
  response.headers = toIncoming(headers)
  response.complete = true
  if (body !== undefined && body.length > 0) response.push(body)
  response.push(null)
  return response
}
