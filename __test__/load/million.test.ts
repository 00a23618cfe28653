// A million messages under way at once, as a service that streams would have them.

import { describe, expect, test } from 'vitest'
import { type Connection, connect } from 'websocket-rs'
import { peer } from '../support/peer.js'

const COUNT = 1_000_000
const SIZE = 512
/** Un-awaited sends between two looks at the high-water mark. */
const CHUNK = 1000

function numbered(number: number): Buffer {
  const payload = Buffer.alloc(SIZE)
  payload.writeUInt32BE(number)
  return payload
}

async function sendAwaited(ws: Connection): Promise<void> {
  for (let number = 0; number < COUNT; number += 1) await ws.send(numbered(number))
}

async function sendInChunks(ws: Connection): Promise<void> {
  for (let number = 0; number < COUNT; number += CHUNK) {
    const chunk: Promise<void>[] = []
    for (let offset = 0; offset < CHUNK; offset += 1) chunk.push(ws.send(numbered(number + offset)))
    await Promise.all(chunk)
  }
}

/** How many messages come in order, up to all of them. */
async function countInOrder(ws: Connection): Promise<number> {
  for (let number = 0; number < COUNT; number += 1) {
    const message = (await ws.recv()) as Buffer
    if (message.length !== SIZE || message.readUInt32BE(0) !== number) return number
  }
  return COUNT
}

describe('a million pipelined messages of 512 B echo back complete and in order', () => {
  test.each([
    ['awaited one by one', sendAwaited],
    ['sent in chunks of a thousand', sendInChunks],
  ])(
    '%s',
    async (_, sendAll) => {
      await using ws = await connect(`${peer.ws}/echo`)
      const [inOrder] = await Promise.all([countInOrder(ws), sendAll(ws)])
      expect(inOrder).toBe(COUNT)
      expect(ws.stats()).toMatchObject({
        messagesSent: COUNT,
        messagesReceived: COUNT,
        queuedMessages: 0,
        bufferedAmount: 0,
      })
    },
    120_000,
  )
})
