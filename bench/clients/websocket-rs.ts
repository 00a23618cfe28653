/** websocket-rs, promise face. */

import { connect } from 'websocket-rs'
import type { Client } from './client.js'

export async function open(url: string): Promise<Client> {
  const ws = await connect(url)
  return {
    async requestResponse(payload, count) {
      for (let sent = 0; sent < count; sent++) {
        ws.send(payload)
        await ws.recv()
      }
    },
    async pipelined(payload, count) {
      for (let sent = 0; sent < count; sent++) ws.send(payload)
      for (let received = 0; received < count; ) received += (await ws.recvMany()).length
    },
    close: () => ws.terminate(),
  }
}
