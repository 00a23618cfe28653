// A million pipelined messages, as a streaming service sends them.

import { describe, expect, test } from 'vitest'
import { type Connection, connect } from 'websocket-rs'
import { peer } from '../support/peer.js'

const COUNT = 1_000_000
const SIZE = 512
/** The number of sends that are awaited together. */
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

/** Returns how many messages arrive in order. */
async function countInOrder(ws: Connection): Promise<number> {
  for (let number = 0; number < COUNT; number += 1) {
    const message = (await ws.recv()) as Buffer
    if (message.length !== SIZE || message.readUInt32BE(0) !== number) return number
  }
  return COUNT
}

describe('a million pipelined messages of 512 B are echoed completely and in order', () => {
  test.each([
    ['each send awaited', sendAwaited],
    ['sends awaited in chunks of 1000', sendInChunks],
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
