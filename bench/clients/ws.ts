/** The npm package ws, permessage-deflate off as in every other adapter. */

import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Client } from './client.js'

export async function open(url: string): Promise<Client> {
  const ws = new WebSocket(url, { perMessageDeflate: false })
  await once(ws, 'open')
  let onMessage: () => void = () => {}
  ws.on('message', () => onMessage())
  return {
    requestResponse: (payload, count) =>
      new Promise((resolve) => {
        let received = 0
        onMessage = () => (++received === count ? resolve() : ws.send(payload))
        ws.send(payload)
      }),
    pipelined: (payload, count) =>
      new Promise((resolve) => {
        let received = 0
        onMessage = () => {
          if (++received === count) resolve()
        }
        for (let sent = 0; sent < count; sent++) ws.send(payload)
      }),
    close: () => ws.terminate(),
  }
}
