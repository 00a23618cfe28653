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
