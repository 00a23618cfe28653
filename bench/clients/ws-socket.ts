/** ws: 'message' listeners, and callbacks of send() for back-pressure, as its README shows. */

import { once } from 'node:events'
import type { WebSocket } from 'ws'
import { CallbackClient, HIGH_WATER_MARK, type Socket } from './callbacks.js'
import type { Adapter, Target } from './client.js'
import { rival, rivalVersion } from './locate.js'

async function connect({ url, ca }: Target): Promise<Socket> {
  const ws = rival<typeof import('ws')>('ws')
  const connection: WebSocket = new ws.WebSocket(url, {
    perMessageDeflate: false,
    maxPayload: 0,
    ...(ca === undefined ? {} : { ca }),
  })
  await once(connection, 'open')
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
  // ws leaves it to the listener to make a string of a text.
  connection.on('message', (data, isBinary) => socket.onMessage(isBinary ? data : data.toString()))
  return socket
}

/** The adapter under a name. */
export function wsAdapter(name: string): Adapter {
  return {
    name,
    version: rivalVersion('ws'),
    async open(target) {
      const opening = Array.from({ length: target.connections }, () => connect(target))
      return new CallbackClient(await Promise.all(opening))
    },
  }
}
