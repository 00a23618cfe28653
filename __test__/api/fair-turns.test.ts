// Receiving queued messages gives the event loop its turn after some milliseconds of work.

import { describe, expect, test } from 'vitest'
import { type Connection, connect } from 'websocket-rs'
import { afterTurn } from '../support/internals.js'
import { Others } from '../support/others.js'
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

// 0.4 s of work and a turn after 4 ms: some 100 turns. Without turns of their own: 0 or 1.
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

test('several connections share a turn', async () => {
  const connections = await Promise.all(Array.from({ length: 8 }, () => full()))
  const turns = await turnsOf(async () => {
    await Promise.all(
      connections.map(async (ws) => {
        for (let left = 2000; left > 0; left -= 1) {
          await ws.recv()
          work()
        }
      }),
    )
  })
  // 0.8 s of work and a turn after 4 ms: some 200 turns. With 4 ms for each connection: 25.
  expect(turns).toBeGreaterThan(60)
  for (const ws of connections) ws.terminate()
})

describe('while others wait for a turn', () => {
  // 32, or twice as many if all others were served between two of them.
  const MOST = 64

  test('a queue is taken behind them', async () => {
    const ws = await full()
    const others = new Others()
    // The loop has just turned, so no call has to wait because of the time.
    await new Promise<void>(afterTurn)
    const before = [...others.served]
    let ahead = 0
    for (; ahead < COUNT && !others.wereAllServedSince(before); ahead += 1) await ws.recv()
    // The last call has waited.
    expect(ahead).toBeLessThanOrEqual(MOST + 1)
    await others.leave()
    ws.terminate()
  })

  test('messages that arrive for pending calls are received behind them', async () => {
    const ws = await connect(peer.ws)
    const others = new Others()
    let before: number[] | undefined
    let ahead = 0
    const calls = Array.from({ length: 1000 }, async () => {
      await ws.recv()
      before ??= [...others.served]
      if (!others.wereAllServedSince(before)) ahead += 1
    })
    await ws.sendMany(calls.map(() => 'message'))
    await Promise.all(calls)
    expect(ahead).toBeLessThanOrEqual(MOST)
    await others.leave()
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

/** Blocks the loop, so that the next call that finds a queued message waits for a turn. */
function makeTurnDue(): void {
  const late = performance.now() + 20
  while (performance.now() < late);
}

test('a call with a timeout gets a queued message, however late the turn is', async () => {
  const ws = await full()
  for (let round = 0; round < 20; round += 1) {
    // In a callback of setImmediate, timers run before the turn that the call waits for.
    await new Promise(setImmediate)
    makeTurnDue()
    const calls = [ws.recv({ timeout: 1 }), ws.recv({ timeout: 2 }), ws.recvMany({ timeout: 1, max: 3 })]
    makeTurnDue()
    expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ])
  }
  ws.terminate()
})

test('a call that is aborted while it waits for a turn takes no message', async () => {
  const ws = await full()
  await new Promise(setImmediate)
  makeTurnDue()
  const controller = new AbortController()
  const calls = [ws.recv({ signal: controller.signal }), ws.recv()]
  controller.abort()
  const [aborted, taken] = await Promise.allSettled(calls)
  expect(aborted).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } })
  expect(taken).toMatchObject({ status: 'fulfilled' })
  expect(ws.stats().queuedMessages).toBe(COUNT - 1)
  ws.terminate()
})

test('tryRecv takes no message before a call that waits for a turn', async () => {
  const ws = await connect(`${peer.ws}/source?count=3&size=1&kind=text`, { receiveQueue: { bytes: 0 } })
  await ws.closed
  makeTurnDue()
  const first = ws.recv()
  expect(ws.tryRecv()).toBeUndefined()
  expect([await first, ws.tryRecv()]).toEqual(['0', '1'])
})

describe('calls that wait for a turn on a connection that has ended', () => {
  async function over(): Promise<Connection> {
    const ws = await connect(`${peer.ws}/source?count=2&size=1&kind=text`, { receiveQueue: { bytes: 0 } })
    await ws.closed
    makeTurnDue()
    return ws
  }

  test('recv gets the messages that are left; the other calls are rejected', async () => {
    const ws = await over()
    const results = await Promise.allSettled([ws.recv(), ws.recv(), ws.recv(), ws.recv()])
    expect(results).toMatchObject([
      { value: '0' },
      { value: '1' },
      { reason: { code: 'ERR_WS_CLOSED' } },
      { reason: { code: 'ERR_WS_CLOSED' } },
    ])
  })

  test('iterators get the messages that are left, and then their end', async () => {
    const ws = await over()
    const [one, other] = [ws[Symbol.asyncIterator](), ws[Symbol.asyncIterator]()]
    const results = await Promise.all([one.next(), other.next(), one.next(), other.next()])
    expect(results.map(({ value, done }) => [value, done])).toEqual([
      ['0', false],
      ['1', false],
      [undefined, true],
      [undefined, true],
    ])
  })

  test('a call made after those before it were aborted is rejected', async () => {
    const ws = await over()
    const controller = new AbortController()
    const aborted = ws.recv({ signal: controller.signal })
    controller.abort()
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
    expect([ws.tryRecv(), ws.tryRecv(), ws.tryRecv()]).toEqual(['0', '1', undefined])
    await expect(ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
  })

  test('leaving an iterator ends its pending call without a message', async () => {
    const ws = await over()
    const iterator = ws[Symbol.asyncIterator]()
    const pending = iterator.next()
    await iterator.return?.()
    expect(await pending).toEqual({ value: undefined, done: true })
    expect([await ws.recv(), await ws.recv()]).toEqual(['0', '1'])
  })
})

test('recvMany waits for a turn and then takes at most max messages, in order', async () => {
  const ws = await connect(`${peer.ws}/source?count=500&size=4&kind=text&close=0`, {
    receiveQueue: { bytes: 0 },
  })
  while (ws.stats().queuedMessages < 500) await new Promise((resolve) => setTimeout(resolve, 5))
  const taken: unknown[] = []
  while (taken.length < 500) {
    makeTurnDue()
    const [many, one] = await Promise.all([ws.recvMany({ max: 7 }), taken.length < 490 ? ws.recv() : 'none'])
    expect(many.length).toBeLessThanOrEqual(7)
    // The second call came after the first message of the first call.
    taken.push(many[0], ...(one === 'none' ? [] : [one]), ...many.slice(1))
  }
  expect(taken.map(Number)).toEqual(Array.from({ length: 500 }, (_, number) => number))
  ws.terminate()
})

test('reuseMemory: messages taken after a turn are intact until the next is requested', async () => {
  const ws = await connect(peer.ws, { reuseMemory: true })
  const [count, size] = [400, 20_000]
  const sending = (async () => {
    for (let each = 0; each < count; each += 1) await ws.send(Buffer.alloc(size, each % 256))
  })()
  for (let each = 0; each < count; each += 1) {
    const message = (await ws.recv()) as Buffer
    if (each % 10 === 0) makeTurnDue()
    expect(message.equals(Buffer.alloc(size, each % 256))).toBe(true)
  }
  await sending
  ws.terminate()
})

test('reuseMemory: recvJSON of several callers parses what each was given', async () => {
  const ws = await connect(peer.ws, { reuseMemory: true })
  const values = Array.from({ length: 300 }, (_, number) => ({ number, fill: 'x'.repeat(5000) }))
  const sending = (async () => {
    for (const value of values) await ws.send(Buffer.from(JSON.stringify(value)))
  })()
  const received: unknown[] = []
  while (received.length < values.length) {
    if (received.length % 30 === 0) makeTurnDue()
    received.push(...(await Promise.all([ws.recvJSON(), ws.recvJSON(), ws.recvJSON()])))
  }
  await sending
  expect(received).toEqual(values)
  ws.terminate()
})
