/**
 * The npm package ws, and the `ws` API of websocket-rs, with 'message' listeners, and callbacks of `send()` for
 * back-pressure, as the README of ws shows.
 */

import { once } from 'node:events'
import type { PerMessageDeflateOptions, WebSocket } from 'ws'
import { type Adapter, checkExtensions, DEFLATE, type Endpoint } from './adapter.js'
import { CallbackClient, HIGH_WATER_MARK, type Socket } from './callback-api.js'

/** Returns the option of permessage-deflate. */
function deflateOf({ compression }: Endpoint): boolean | PerMessageDeflateOptions {
  const { threshold, ...zlibDeflateOptions } = DEFLATE
  return compression === 'equal' ? { threshold, zlibDeflateOptions } : compression === 'defaults'
}

/** The class of either. */
type Class = typeof WebSocket

async function connect(ws: Class, endpoint: Endpoint): Promise<Socket> {
  const { url, ca } = endpoint
  const connection: WebSocket = new ws(url, {
    perMessageDeflate: deflateOf(endpoint),
    maxPayload: 0,
    ...(ca === undefined ? {} : { ca }),
  })
  await once(connection, 'open')
  checkExtensions(endpoint, connection.extensions)
  const socket: Socket = {
    send: (payload) => connection.send(payload),
    onMessage: () => {},
    push(payload) {
      if (connection.bufferedAmount < HIGH_WATER_MARK) return void connection.send(payload)
      return new Promise((resolve) => connection.send(payload, () => resolve()))
    },
    async close() {
      connection.close()
      await once(connection, 'close')
    },
    terminate: () => connection.terminate(),
  }
  // Text is delivered as a Buffer; the listener makes a string of it.
  connection.on('message', (data, isBinary) => socket.onMessage(isBinary ? data : data.toString()))
  return socket
}

/** Returns the adapter of a class, which is loaded with the first connection. */
export function wsAdapter(about: Omit<Adapter, 'open'>, load: () => Class): Adapter {
  return {
    ...about,
    async open(endpoint) {
      const ws = load()
      const opening = Array.from({ length: endpoint.connections }, () => connect(ws, endpoint))
      return new CallbackClient(await Promise.all(opening))
    },
  }
}
