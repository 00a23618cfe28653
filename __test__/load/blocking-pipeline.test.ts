// Many large messages of the blocking API sent before the first echo is read.

import { expect, test } from 'vitest'
import { connect } from 'websocket-rs/sync'
import { peer } from '../support/peer.js'

const COUNT = 2000
const SIZE = 64 * 1024

test('2000 blocking sends of 64 KiB before the first recv do not deadlock', () => {
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

// In some rounds a batch ends where a window ends, between messages that have arrived.
test.each([4096, 16_384])(
  'all echoes of 1000 messages of %d B sent at once arrive, in every round',
  (size) => {
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
  },
)
