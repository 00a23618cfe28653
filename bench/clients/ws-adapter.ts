/** The npm package ws, with 'message' listeners, and callbacks of `send()` for back-pressure, as its README shows. */

import { once } from 'node:events'
import type { PerMessageDeflateOptions, WebSocket } from 'ws'
import { type Adapter, checkExtensions, DEFLATE, type Endpoint } from './adapter.js'
import { CallbackClient, HIGH_WATER_MARK, type Socket } from './callback-api.js'
import { rival, rivalVersion } from './locate.js'

/** Returns the option of permessage-deflate. */
function deflateOf({ compression }: Endpoint): boolean | PerMessageDeflateOptions {
  const { threshold, ...zlibDeflateOptions } = DEFLATE
  return compression === 'equal' ? { threshold, zlibDeflateOptions } : compression === 'defaults'
}

async function connect(endpoint: Endpoint): Promise<Socket> {
  const { url, ca } = endpoint
  const ws = rival<typeof import('ws')>('ws')
  const connection: WebSocket = new ws.WebSocket(url, {
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
  // ws delivers text as a Buffer; the listener makes a string of it.
  connection.on('message', (data, isBinary) => socket.onMessage(isBinary ? data : data.toString()))
  return socket
}

/** Returns the adapter under this name. */
export function wsAdapter(name: string): Adapter {
  return {
    name,
    version: rivalVersion('ws'),
    async open(endpoint) {
      const opening = Array.from({ length: endpoint.connections }, () => connect(endpoint))
      return new CallbackClient(await Promise.all(opening))
    },
  }
}
