/**
 * websocket-rs: the promise face.
 *
 * @packageDocumentation
 */

import { Connection } from './client.js'
import { open } from './connecting.js'
import { hasLoop } from './environment.js'
import { WebSocketError } from './errors.js'
import { type ConnectOptions, toSettings } from './options.js'

export { Connection } from './client.js'
export type { Stats } from './connection.js'
export type { CloseEvent, ConnectEvent, ErrorEvent, OpenEvent } from './diagnostics.js'
export * from './errors.js'
export type { ConnectOptions, RecvManyOptions, TlsOptions, WaitOptions } from './options.js'
export type { Data, Message } from './payload.js'

/**
 * Opens a WebSocket connection. All of it happens off the JavaScript thread, under one deadline.
 *
 * @param url `ws:` or `wss:` (`http:` and `https:` stand for them), without a fragment; a user name
 * and password in it become basic authentication
 * @param options see {@link ConnectOptions}
 * @throws TypeError for a mistake in URL or options; ConnectError, HandshakeError, TimeoutError
 * `ERR_WS_CONNECT_TIMEOUT` or AbortError where no connection came about.
 *
 * @example
 * await using ws = await connect('wss://localhost:8443/feed', { headers: { 'x-key': 'k' } })
 * for await (const message of ws) console.log(message)
 */
export async function connect(url: string | URL, options?: ConnectOptions): Promise<Connection> {
  const settings = toSettings(url, options)
  if (!hasLoop) {
    throw new WebSocketError(
      'ERR_WS_UNSUPPORTED_RUNTIME',
      'options',
      "connect() needs the event loop of Node, which this runtime lacks; 'websocket-rs/sync' works here",
    )
  }
  return open(settings, (opened) => new Connection(opened, settings))
}
