/**
 * websocket-rs/sync: the blocking face, with the same names and no promises.
 *
 * @packageDocumentation
 */

import { SyncConnection } from './blocking.js'
import { openBlocking } from './connecting.js'
import { type ConnectOptions, toSettings } from './options.js'

export { SyncConnection } from './blocking.js'
export type { Stats } from './connection.js'
export type { CloseEvent, ConnectContext, ConnectEvent, ErrorEvent, OpenEvent } from './diagnostics.js'
export * from './errors.js'
export type { HeaderList, UpgradeResponse } from './headers.js'
export type { ConnectOptions, RecvManyOptions, TlsOptions, WaitOptions } from './options.js'
export type { Data, Message } from './payload.js'

/**
 * Opens a WebSocket connection and blocks until it is open.
 *
 * @param url `ws:` or `wss:` (`http:` and `https:` stand for them), without a fragment; a user name
 * and password in it become basic authentication. `ws+unix:/path/of/socket:/resource` is a Unix socket
 * @param options see {@link ConnectOptions}; `signal` is looked at before connecting only
 * @throws TypeError for a mistake in URL or options; ConnectError, ProxyError, HandshakeError, TimeoutError
 * `ERR_WS_CONNECT_TIMEOUT`, AbortError, or WebSocketError `ERR_WS_INTERRUPTED`.
 *
 * @example
 * using ws = connect('ws://localhost:8080')
 * ws.send('hello')
 * console.log(ws.recv())
 */
export function connect(url: string | URL, options?: ConnectOptions): SyncConnection {
  const settings = toSettings(url, options)
  return openBlocking(settings, (opened, attempt) => new SyncConnection(opened, settings, attempt))
}
