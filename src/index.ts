/**
 * websocket-rs: the promise face.
 *
 * @packageDocumentation
 */

import { Connection } from './client.js'
import { hasLoop } from './environment.js'
import { AbortError, WebSocketError } from './errors.js'
import { toError } from './failure.js'
import { type Failure, native, type Opened } from './native.js'
import { type ConnectOptions, type Settings, toSettings } from './options.js'
import { provideRoots } from './trust.js'

export { Connection, type RecvManyOptions } from './client.js'
export type { Stats } from './connection.js'
export * from './errors.js'
export type { ConnectOptions, TlsOptions, WaitOptions } from './options.js'
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
  if (settings.signal?.aborted) throw new AbortError(settings.signal.reason)
  provideRoots(settings.request.url, settings.request.ca)
  return open(settings)
}

function open(settings: Settings): Promise<Connection> {
  const { request, signal } = settings
  return new Promise((resolve, reject) => {
    const settle = (opened: Opened, failure?: Failure) => {
      signal?.removeEventListener('abort', abort)
      if (failure !== undefined) reject(toError(failure))
      else resolve(new Connection(opened, settings))
    }
    const started = native.connect(request, settle)
    if (typeof started !== 'number') return reject(toError(started))
    const abort = () => {
      native.cancel(started)
      reject(new AbortError(signal?.reason))
    }
    signal?.addEventListener('abort', abort, { once: true })
  })
}
