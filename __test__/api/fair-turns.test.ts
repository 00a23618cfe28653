// Receiving queued messages gives the event loop its turn after some milliseconds of work.

import { describe, expect, test } from 'vitest'
import { type Connection, connect } from 'websocket-rs'
import { peer } from '../support/peer.js'

const COUNT = 8000
/** Work for each message, in ms: 0.4 s in all. */
const WORK = 0.05

function work(): void {
  const end = performance.now() + WORK
  while (performance.now() < end);
}

/** A connection all of whose messages are queued, in a queue that holds all of them. */
async function full(options = {}): Promise<Connection> {
  const url = `${peer.ws}/source?count=${COUNT}&size=4&close=0`
  const ws = await connect(url, { receiveQueue: { bytes: 0 }, ...options })
  while (ws.stats().queuedMessages < COUNT) await new Promise((resolve) => setTimeout(resolve, 5))
  return ws
}

/** Runs a consumer and counts the turns of the loop meanwhile. */
async function turnsOf(consume: () => Promise<void>): Promise<number> {
  let turns = 0
  let isDone = false
  const count = () => {
    turns += 1
    if (!isDone) setImmediate(count)
  }
  setImmediate(count)
  await consume()
  isDone = true
  return turns
}

// 0.4 s of work and a turn after 8 ms: some 50 turns. Without turns of their own: 0 or 1.
const LEAST = 15

const consumers: [string, (ws: Connection) => Promise<void>][] = [
  [
    'iteration',
    async (ws) => {
      let left = COUNT
      for await (const _ of ws) {
        work()
        left -= 1
        if (left === 0) break
      }
    },
  ],
  [
    'recv',
    async (ws) => {
      for (let left = COUNT; left > 0; left -= 1) {
        await ws.recv()
        work()
      }
    },
  ],
  [
    'recvMany',
    async (ws) => {
      for (let left = COUNT; left > 0; ) {
        const messages = await ws.recvMany({ max: 20 })
        for (const _ of messages) work()
        left -= messages.length
      }
    },
  ],
  [
    'json',
    async (ws) => {
      const values = ws.json()
      for (let left = COUNT; left > 0; left -= 1) {
        await values.next().catch(() => {})
        work()
      }
    },
  ],
  [
    'readable',
    async (ws) => {
      const reader = ws.readable.getReader()
      for (let left = COUNT; left > 0; left -= 1) {
        await reader.read()
        work()
      }
    },
  ],
]

describe('with work for each message', () => {
  test.each(consumers)('%s lets the loop turn', async (_name, consume) => {
    const ws = await full()
    expect(await turnsOf(() => consume(ws))).toBeGreaterThan(LEAST)
    expect(ws.stats().queuedMessages).toBe(0)
    ws.terminate()
  })
})

test('keeps the order of messages and of calls that wait for a turn', async () => {
  const ws = await connect(`${peer.ws}/source?count=3000&size=4&kind=text&close=0`, {
    receiveQueue: { bytes: 0 },
  })
  const order: number[] = []
  const take = async () => {
    for (let left = 500; left > 0; left -= 1) {
      order.push(Number(await ws.recv()))
      work()
    }
  }
  const iterate = async () => {
    let left = 500
    for await (const message of ws) {
      order.push(Number(message))
      left -= 1
      if (left === 0) break
    }
  }
  await Promise.all([take(), take(), take(), take(), iterate(), iterate()])
  expect(order).toEqual(Array.from({ length: 3000 }, (_, number) => number))
  ws.terminate()
})

test('loses no message if the connection ends while a call waits for its turn', async () => {
  const ws = await connect(`${peer.ws}/source?count=2000&size=4&kind=text`, { receiveQueue: { bytes: 0 } })
  const taken: number[] = []
  for await (const message of ws) {
    taken.push(Number(message))
    work()
    if (taken.length === 1000) ws.terminate()
  }
  expect(taken.slice(0, 1000)).toEqual(Array.from({ length: 1000 }, (_, number) => number))
  expect(taken).toEqual([...taken].sort((one, other) => one - other))
})

test('waits for a turn with a timeout, and a call that times out takes no message', async () => {
  const ws = await full()
  const first = await ws.recv()
  const late = performance.now() + 50
  while (performance.now() < late);
  const results = await Promise.allSettled([ws.recv({ timeout: 1 }), ws.recv({ timeout: 10_000 })])
  const taken = results.filter(({ status }) => status === 'fulfilled').length
  expect(ws.stats().queuedMessages).toBe(COUNT - 1 - taken)
  expect(first).toBeDefined()
  ws.terminate()
})
