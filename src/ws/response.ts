/**
 * The response of the opening handshake as an object of Node's `http`. Native code reads the response: this one is made
 * for programs that look at it.
 */

import type { ClientRequest, IncomingMessage } from 'node:http'
import { http, net } from '../node/builtin.js'
import { headerOf } from './errors.js'

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
  /** The reason phrase, if it was read. */
  readonly reason?: string | undefined
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly body?: Buffer | undefined
}

/** Whether a response switches protocols, to whichever. Node takes others with that status for ordinary ones. */
export function isUpgrade({ status, headers }: ResponseContent): boolean {
  const isSwitching = /(^|,)\s*upgrade\s*(,|$)/i.test(headerOf(headers, 'connection') ?? '')
  return status === 101 && isSwitching && headerOf(headers, 'upgrade') !== undefined
}

/** Returns the headers that the program lets Node read. */
function within(request: ClientRequest | undefined, headers: readonly string[]): readonly string[] {
  const limit = request?.maxHeadersCount ?? 0
  return limit > 0 ? headers.slice(0, 2 * limit) : headers
}

/** Whether the header `Upgrade` is among those that the program lets Node read. */
export function isReadable(request: ClientRequest | undefined, headers: readonly string[]): boolean {
  return headerOf(within(request, headers), 'upgrade') !== undefined
}

/**
 * Makes a response with its whole body.
 *
 * @param request whose `maxHeadersCount` counts, if the program has read it
 */
export function makeResponse(content: ResponseContent, request: ClientRequest | undefined): IncomingMessage {
  const { IncomingMessage: Message, STATUS_CODES } = http()
  const { status, reason, body } = content
  const headers = within(request, content.headers)
  // The socket belongs to native code. Programs may destroy this one, which is not connected.
  const response = new Message(new (net().Socket)())
  response.httpVersion = '1.1'
  response.httpVersionMajor = 1
  response.httpVersionMinor = 1
  response.statusCode = status
  response.statusMessage = reason ?? STATUS_CODES[status] ?? ''
  response.rawHeaders = [...headers]
  response.headers = toIncoming(headers)
  response.complete = true
  if (body !== undefined && body.length > 0) response.push(body)
  response.push(null)
  return response
}
