/**
 * websocket-rs/sync: the blocking API, with the names of the promise API and no promises.
 *
 * @packageDocumentation
 */

import { openBlocking } from './connection/open.js'
import { SyncConnection } from './connection/sync.js'
import type { ConnectOptions } from './options/connect.js'
import { toSettings } from './options/settings.js'

export type { Closed } from './connection/end.js'
export { SyncConnection } from './connection/sync.js'
export type { SyncMessageStream } from './connection/sync-message-stream.js'
export type { CloseEvent, ConnectContext, ConnectEvent, ErrorEvent, OpenEvent } from './diagnostics/events.js'
export type { Stats } from './diagnostics/stats.js'
export * from './errors/classes.js'
export * from './errors/codes.js'
export type { Data, Message } from './native/payload.js'
export type { UpgradeResponse } from './native/response.js'
export type { Chunks } from './native/source.js'
export type { CompressionOptions } from './options/compression.js'
export type { ConnectOptions } from './options/connect.js'
export type { HeaderList } from './options/headers.js'
export type { TlsOptions } from './options/tls.js'
export type { RecvManyOptions, SendOptions, WaitOptions } from './options/wait.js'

/**
 * Opens a WebSocket connection and blocks until it is open.
 *
 * @param url a `ws:` or `wss:` URL (`http:` and `https:` are synonyms) without a fragment. A user name and a password in
 * it are sent as basic authentication. `ws+unix:/path/of/socket:/resource` connects to a Unix socket
 * @param options see {@link ConnectOptions}; `signal` is checked before connecting only
 * @throws TypeError for an invalid URL or option; ConnectError, ProxyError, HandshakeError, TimeoutError
 * `ERR_WS_CONNECT_TIMEOUT`, AbortError, or WebSocketError `ERR_WS_INTERRUPTED` if no connection could be opened.
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
