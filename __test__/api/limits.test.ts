// Limits and counters: the largest message, the receive queue, and what stats says of it all.

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { connect as connectAsync, MessageTooBigError } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const KIB = 1024

describe.each(apis)('$name', ({ connect }) => {
  test.each([
    ['binary', Buffer.alloc(1000)],
    ['text', 'a'.repeat(1000)],
  ])('takes a message of exactly maxMessageSize: %s', async (_, message) => {
    const ws = await connect(peer.ws, { maxMessageSize: 1000 })
    await ws.send(message)
    expect(await ws.recv()).toEqual(message)
    ws.terminate()
  })

  test.each(['/echo', '/fragments?parts=10'])(
    'fails the connection over a larger message: %s',
    async (path) => {
      const ws = await connect(peer.ws + path, { maxMessageSize: 1000 })
      await ws.send('fits')
      await ws.send(Buffer.alloc(1001))
      expect(await ws.recv()).toBe('fits')
      const receiving = async () => ws.recv()
      await expect(receiving).rejects.toBeInstanceOf(MessageTooBigError)
      await expect(receiving).rejects.toMatchObject({
        name: 'MessageTooBigError',
        code: 'ERR_WS_MESSAGE_TOO_BIG',
        phase: 'open',
        closeCode: 1009,
      })
      expect(ws).toMatchObject({ readyState: 3, closeCode: 1009, wasClean: false })
    },
  )

  test('counts bytes of UTF-8, not characters', async () => {
    const ws = await connect(peer.ws, { maxMessageSize: 1000 })
    await ws.send('€'.repeat(334))
    await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_MESSAGE_TOO_BIG' })
  })

  test('a small receive queue loses nothing and keeps the order', async () => {
    const ws = await connect(`${peer.ws}/source?count=20000&size=100`, { receiveQueue: { bytes: 1000 } })
    for (let number = 0; number < 20_000; number += 1) {
      const received = Number(((await ws.recv()) as Buffer).readBigUInt64BE())
      if (received !== number) expect(received).toBe(number)
    }
    await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED', closeCode: 1000 })
  })

  test('stats counts messages and bytes, and keeps its counters when the connection is over', async () => {
    const ws = await connect(peer.ws)
    const before = ws.stats()
    expect(before).toMatchObject({
      messagesSent: 0,
      messagesReceived: 0,
      queuedMessages: 0,
      queuedBytes: 0,
      batches: 0,
    })
    for (const message of ['a', 'bc', Buffer.alloc(1000)]) await ws.send(message)
    for (let count = 0; count < 3; count += 1) await ws.recv()
    const open = ws.stats()
    expect(open).toMatchObject({ messagesSent: 3, messagesReceived: 3, bufferedAmount: 0, queuedMessages: 0 })
    // Frames have two bytes of header, four more above 125 bytes, and four of mask when sent.
    expect(open.bytesSent - before.bytesSent).toBe(7 + 8 + 1008)
    expect(open.bytesReceived - before.bytesReceived).toBe(3 + 4 + 1004)
    expect([open.reads > 0, open.writes > 0]).toEqual([true, true])
    expect(open.batches).toBeGreaterThan(0)
    expect(open.batches).toBeLessThanOrEqual(open.reads)
    await ws.close()
    const over = ws.stats()
    expect(over).toMatchObject({ messagesSent: 3, messagesReceived: 3, bufferedAmount: 0 })
    expect(over.bytesSent).toBeGreaterThan(open.bytesSent)
    expect(ws.stats()).toEqual(over)
  })

  test('stats counts what waits unread, with 64 bytes for each message', async () => {
    const ws = await connect(peer.ws)
    for (const message of ['a', 'bcd', Buffer.alloc(6)]) await ws.send(message)
    await ws.ping()
    expect(ws.stats()).toMatchObject({ queuedMessages: 3, queuedBytes: 10 + 3 * 64 })
    await ws.recv()
    expect(ws.stats()).toMatchObject({ queuedMessages: 2, queuedBytes: 9 + 2 * 64 })
    ws.terminate()
    expect(ws.stats()).toMatchObject({ queuedMessages: 2, queuedBytes: 9 + 2 * 64 })
  })

  test('getters keep what they know when the connection is over', async () => {
    const ws = await connect(peer.ws, { protocols: 'chat' })
    const { url, protocol, localAddress, remoteAddress } = ws
    await ws.close()
    expect(ws).toMatchObject({
      url,
      protocol,
      localAddress,
      remoteAddress,
      bufferedAmount: 0,
      extensions: '',
    })
    expect(ws.ref()).toBe(ws)
    expect(ws.unref()).toBe(ws)
  })
})

describe('the promise API', () => {
  test('stops reading when the receive queue is full, and reads on when it is taken', async () => {
    const options = { receiveQueue: { bytes: 16 * KIB }, pingInterval: 0 }
    const ws = await connectAsync(`${peer.ws}/source?count=0&size=1024`, options)
    await expect.poll(() => ws.stats().queuedBytes, { timeout: 10_000 }).toBeGreaterThan(16 * KIB)
    await sleep(100)
    const full = ws.stats()
    await sleep(200)
    expect(ws.stats()).toEqual(full)
    const taken = full.queuedMessages + 10_000
    for (let number = 0; number < taken; number += 1) {
      const received = Number(((await ws.recv()) as Buffer).readBigUInt64BE())
      if (received !== number) expect(received).toBe(number)
    }
    ws.terminate()
  })
})
