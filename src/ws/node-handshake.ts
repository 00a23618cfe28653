/** The opening handshake by Node's HTTP client, for options that only that serves: agents, sockets of the program, OpenSSL. */

import type { ClientRequest, ClientRequestArgs, IncomingMessage, RequestOptions } from 'node:http'
import type { NetConnectOpts } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import { http, https, net, tls } from '../node/builtin.js'
import type { ClientOptions } from './options.js'
import { type RequestContent, toDestination, toOutgoing } from './request.js'

/** What takes the outcome of a request. */
export interface HandshakeOwner {
  /** The response switches protocols. @param head what has followed it */
  handleSocket(response: IncomingMessage, socket: Duplex, head: Buffer): void
  handleResponse(response: IncomingMessage): void
  handleError(error: Error): void
}

function connectPlainly(options: NetConnectOpts & { socketPath?: string }): Duplex {
  return net().connect({ ...options, path: options.socketPath as string })
}

function connectSecurely(options: ConnectionOptions): Duplex {
  const { host = '', servername = net().isIP(host) === 0 ? host : '' } = options
  return tls().connect({ ...options, path: undefined, servername } as ConnectionOptions)
}

/** Options that `ws` replaces: what they say is in the address, or is none of a request. */
const NOT_PASSED = { hostname: undefined, protocol: undefined, protocols: undefined }

function toRequestOptions(content: RequestContent, options: ClientOptions): RequestOptions {
  const isSecure = content.url.protocol === 'wss:'
  const { handshakeTimeout, createConnection } = options
  return {
    ...(options as RequestOptions),
    ...toDestination(content.url),
    // As `ws` passes it on: a string if the URL has one.
    headers: toOutgoing(content, options) as NonNullable<RequestOptions['headers']>,
    auth: content.auth,
    method: 'GET',
    ...NOT_PASSED,
    defaultPort: isSecure ? 443 : 80,
    timeout: handshakeTimeout || undefined,
    // Without one, requests would share the connections and the TLS sessions of Node's global agent.
    createConnection: (createConnection ||
      (isSecure ? connectSecurely : connectPlainly)) as ClientRequestArgs['createConnection'],
  }
}

/**
 * Makes the request and sends it, unless `finishRequest` does.
 *
 * @param websocket the second argument of `finishRequest`
 * @param noteRequest called before the request is sent
 */
export function startHandshake(
  content: RequestContent,
  options: ClientOptions,
  websocket: unknown,
  owner: HandshakeOwner,
  noteRequest: (request: ClientRequest) => void,
): void {
  const { request: send } = content.url.protocol === 'wss:' ? https() : http()
  const request = send(toRequestOptions(content, options))
  noteRequest(request)
  request.on('timeout', () => {
    owner.handleError(new Error('Opening handshake has timed out'))
    request.destroy()
  })
  request.on('error', (error) => owner.handleError(error))
  request.on('response', (response) => owner.handleResponse(response))
  request.on('upgrade', (response, socket, head) => owner.handleSocket(response, socket, head))
  if (options.finishRequest) options.finishRequest(request, websocket)
  else request.end()
}
