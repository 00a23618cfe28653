// Messages of the ws API that are delivered one in each iteration of the loop: the peer waits for them.

import { expect, test } from 'vitest'
import { WebSocket } from 'websocket-rs/ws'
import { peer } from '../support/peer.js'

const MIB = 1024 * 1024
const SIZE = 20
const COUNT = 5000

test('allowSynchronousEvents: false reads no more than is delivered', async () => {
  const ws = new WebSocket(`${peer.ws}/source?count=0&size=${SIZE}`, { allowSynchronousEvents: false })
  let delivered = 0
  const isInOrder = await new Promise((resolve, reject) => {
    ws.on('error', reject)
    ws.on('message', (data: Buffer) => {
      if (data.readBigUInt64BE(0) !== BigInt(delivered)) resolve(false)
      delivered += 1
      if (delivered === COUNT) resolve(true)
    })
  })
  expect(isInOrder).toBe(true)
  const { bytesRead } = (ws as unknown as { _socket: { bytesRead: number } })._socket
  // At most the bytes of a turn, and what a socket of Node has buffered.
  expect(bytesRead).toBeLessThan(COUNT * (SIZE + 2) + 2 * MIB)
  ws.terminate()
})
