/**
 * websocket-rs: the promise face.
 *
 * @packageDocumentation
 */

import { Connection } from './connection/async.js'
import { type ForeverOptions, forever } from './connection/forever.js'
import { open } from './connection/open.js'
import { WebSocketError } from './errors/classes.js'
import { hasLoop } from './native/dispatch.js'
import { type ConnectOptions, type Settings, toSettings } from './options/settings.js'

export { Connection } from './connection/async.js'
export type { Stats } from './connection/base.js'
export type { Backoff, ForeverOptions, Reconnect } from './connection/forever.js'
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

function openWith(settings: Settings): Promise<Connection> {
  if (!hasLoop) {
    throw new WebSocketError(
      'ERR_WS_UNSUPPORTED_RUNTIME',
      'options',
      "connect() needs the event loop of Node, which this runtime lacks; 'websocket-rs/sync' works here",
    )
  }
  return open(settings, (opened, attempt) => new Connection(opened, settings, attempt))
}

/** `connect` and what goes with it. */
export interface Connect {
  /**
   * Opens a WebSocket connection. All of it happens off the JavaScript thread, under one deadline.
   *
   * @param url `ws:` or `wss:` (`http:` and `https:` stand for them), without a fragment; a user name
   * and password in it become basic authentication. `ws+unix:/path/of/socket:/resource` is a Unix socket
   * @param options see {@link ConnectOptions}
   * @throws TypeError for a mistake in URL or options; ConnectError, ProxyError, HandshakeError, TimeoutError
   * `ERR_WS_CONNECT_TIMEOUT` or AbortError where no connection came about.
   *
   * @example
   * await using ws = await connect('wss://localhost:8443/feed', { headers: { 'x-key': 'k' } })
   * for await (const message of ws) console.log(message)
   */
  (url: string | URL, options?: ConnectOptions): Promise<Connection>
  /**
   * Connections, each opened when the one before is over, until the loop is left or `signal` fires. Iterating one of
   * them ends however it ended; `closeCode` says how. Nothing is sent again: what was sent on a connection that
   * ended may or may not have arrived, and what the server sent meanwhile is lost. A loop that is left closes its
   * connection.
   *
   * @param options see {@link ForeverOptions}
   * @throws What `connect` throws, where `shouldReconnect` says no; AbortError.
   *
   * @example
   * for await (const ws of connect.forever('wss://localhost:8443/feed')) {
   *   await ws.send('subscribe')
   *   for await (const message of ws) console.log(message)
   * }
   */
  forever(url: string | URL, options?: ForeverOptions): AsyncGenerator<Connection, void, undefined>
}

export const connect: Connect = Object.assign(
  async (url: string | URL, options?: ConnectOptions) => openWith(toSettings(url, options)),
  {
    forever: (url: string | URL, options?: ForeverOptions) =>
      forever(async (...given) => openWith({ ...toSettings(...given), endsQuietly: true }), url, options),
  },
)
