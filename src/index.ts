/**
 * websocket-rs: the promise API.
 *
 * @packageDocumentation
 */

import { Connection } from './connection/async.js'
import { forever, type OptionsSource, type URLSource } from './connection/forever.js'
import { open } from './connection/open.js'
import type { ConnectOptions } from './options/connect.js'
import { type Settings, toSettings } from './options/settings.js'

export { Connection } from './connection/async.js'
export type { Closed } from './connection/end.js'
export type { OptionsSource, URLSource } from './connection/forever.js'
export type { MessageStream } from './connection/message-stream.js'
export type { CloseEvent, ConnectContext, ConnectEvent, ErrorEvent, OpenEvent } from './diagnostics/events.js'
export type { Stats } from './diagnostics/stats.js'
export * from './errors/classes.js'
export * from './errors/codes.js'
export type { Data, Message } from './native/payload.js'
export type { UpgradeResponse } from './native/response.js'
export type { AsyncChunks, BlobLike, Chunks, Source } from './native/source.js'
export type { CompressionOptions } from './options/compression.js'
export type { ConnectOptions } from './options/connect.js'
export type { Backoff, ForeverOptions, Reconnect } from './options/forever.js'
export type { HeaderList } from './options/headers.js'
export type { CreateConnection } from './options/socket.js'
export type { TlsOptions } from './options/tls.js'
export type { RecvManyOptions, SendOptions, WaitOptions } from './options/wait.js'

function openWith(settings: Settings): Promise<Connection> {
  return open(settings, (opened, attempt) => new Connection(opened, settings, attempt))
}

/** Opens connections of the promise API. */
export interface Connect {
  /**
   * Opens a WebSocket connection. No step blocks the JavaScript thread, and all are under one deadline
   * (`connectTimeout`).
   *
   * @param url a `ws:` or `wss:` URL (`http:` and `https:` are synonyms) without a fragment. A user name and a password
   * in it are sent as basic authentication. `ws+unix:/path/of/socket:/resource` connects to a Unix socket
   * @param options see {@link ConnectOptions}
   * @throws TypeError for an invalid URL or option; ConnectError, ProxyError, HandshakeError, TimeoutError
   * `ERR_WS_CONNECT_TIMEOUT` or AbortError if no connection could be opened.
   *
   * @example
   * await using ws = await connect('wss://localhost:8443/feed', { headers: { 'x-key': 'k' } })
   * for await (const message of ws) console.log(message)
   */
  (url: string | URL, options?: ConnectOptions): Promise<Connection>
  /**
   * Opens connections, each when the one before has ended, until the loop is left or `signal` is aborted. Iteration over
   * one of them ends without an error, however it ended; see its `closed`. Nothing is sent again: messages sent on a
   * connection that ended may or may not have arrived, and messages that the peer sent between two connections are lost.
   * A connection that is open at the end of the body is closed. Leaving the loop closes the connection, too, and waits at
   * most a second for a peer that does not answer, if nothing is unsent.
   *
   * @param url the URL, or a function that returns it or a promise of it, called before each connect with the number of
   * failures in a row, 0 before the first
   * @param options see {@link ForeverOptions}; or a function, as for the URL
   * @throws The error of a connect or of an end after which `shouldReconnect` returns false, by default one that would
   * occur again; what a function for the URL or the options throws, likewise; TypeError for an invalid URL or option;
   * AbortError if `signal` is aborted; TimeoutError `ERR_WS_CLOSE_TIMEOUT` if messages were not sent when the loop is left.
   *
   * @example
   * for await (const ws of connect.forever('wss://localhost:8443/feed')) {
   *   await ws.send('subscribe')
   *   for await (const message of ws) console.log(message)
   * }
   */
  forever(url: URLSource, options?: OptionsSource): AsyncGenerator<Connection, void, undefined>
}

export const connect: Connect = Object.assign(
  async (url: string | URL, options?: ConnectOptions) => openWith(toSettings(url, options)),
  {
    forever: (url: URLSource, options?: OptionsSource) =>
      forever(async (...given) => openWith({ ...toSettings(...given), endsQuietly: true }), url, options),
  },
)
