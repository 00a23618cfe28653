// Many big messages sent before the first is read, on the face that cannot read meanwhile.

import { expect, test } from 'vitest'
import { connect } from 'websocket-rs/sync'
import { peer } from '../support/peer.js'

const COUNT = 2000
const SIZE = 64 * 1024

test('2000 blocking sends of 64 KiB and then their 2000 echoes do not deadlock', () => {
  using ws = connect(`${peer.ws}/echo`, { receiveQueue: { bytes: COUNT * (SIZE + 64) } })
  const payload = Buffer.alloc(SIZE)
  for (let number = 0; number < COUNT; number += 1) {
    payload.writeUInt32BE(number)
    ws.send(payload)
  }
  let inOrder = 0
  while (inOrder < COUNT) {
    const message = ws.recv() as Buffer
    if (message.length !== SIZE || message.readUInt32BE(0) !== inOrder) break
    inOrder += 1
  }
  expect(inOrder).toBe(COUNT)
  expect(ws.stats()).toMatchObject({ messagesSent: COUNT, messagesReceived: COUNT, queuedBytes: 0 })
})

// Batches end at the same places as windows here and there, in the middle of what has arrived.
test.each([4096, 16_384])('the echoes of 1000 messages of %d B sent at once all come, every time', (size) => {
  using ws = connect(`${peer.ws}/echo`, {
    highWaterMark: 0,
    receiveQueue: { bytes: 0 },
    receiveTimeout: 5000,
  })
  const messages = new Array(1000).fill(Buffer.alloc(size))
  for (let round = 0; round < 100; round += 1) {
    ws.sendMany(messages)
    for (let received = 0; received < messages.length; ) received += ws.recvMany().length
  }
  expect(ws.stats()).toMatchObject({ messagesSent: 100_000, messagesReceived: 100_000 })
})
