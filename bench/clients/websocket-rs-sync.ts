/** websocket-rs, blocking face. */

import { connect } from 'websocket-rs/sync'
import type { Client } from './client.js'

export function open(url: string): Client {
  // A thousand unread echoes wait here while the rest is being sent.
  const ws = connect(url, { receiveQueue: { bytes: 256 * 1024 * 1024 } })
  return {
    requestResponse(payload, count) {
      for (let sent = 0; sent < count; sent++) {
        ws.send(payload)
        ws.recv()
      }
    },
    pipelined(payload, count) {
      for (let sent = 0; sent < count; sent++) ws.send(payload)
      for (let received = 0; received < count; ) received += ws.recvMany().length
    },
    close: () => ws.terminate(),
  }
}
