/**
 * websocket-rs/sync: the blocking face, with the same names and no promises.
 *
 * @packageDocumentation
 */

import { openBlocking } from './connection/open.js'
import { SyncConnection } from './connection/sync.js'
import { type ConnectOptions, toSettings } from './options/settings.js'

export type { Stats } from './connection/base.js'
export { SyncConnection } from './connection/sync.js'
export type {
  CloseEvent,
  ConnectContext,
  ConnectEvent,
  ErrorEvent,
  OpenEvent,
} from './diagnostics/attempt.js'
export * from './errors/classes.js'
export type { Data, Message } from './native/payload.js'
export type { HeaderList, UpgradeResponse } from './options/headers.js'
export type { ConnectOptions, RecvManyOptions, TlsOptions, WaitOptions } from './options/settings.js'

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
