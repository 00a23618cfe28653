// The connections of compressed.mjs with the npm package ws.

import { once } from 'node:events'
import WebSocket from 'ws'

/** Opens a connection that compresses every message. */
export async function open(_, url, settings) {
  const ws = new WebSocket(url, { perMessageDeflate: { threshold: 0, zlibDeflateOptions: settings } })
  await once(ws, 'open')
  return {
    async exchange(message) {
      ws.send(message)
      const [received] = await once(ws, 'message')
      if (received.toString() !== message) throw new Error('received a text that was not sent')
    },
    terminate: () => ws.terminate(),
  }
}
