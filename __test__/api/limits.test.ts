// Limits and counters: maxMessageSize, the receive queue and stats().

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
  ])('receives a message of exactly maxMessageSize: %s', async (_, message) => {
    const ws = await connect(peer.ws, { maxMessageSize: 1000 })
    await ws.send(message)
    expect(await ws.recv()).toEqual(message)
    ws.terminate()
  })

  test.each(['/echo', '/fragments?parts=10'])(
    'fails the connection with 1009 on a larger message: %s',
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

  test('compares the bytes of text, not its characters, with maxMessageSize', async () => {
    const ws = await connect(peer.ws, { maxMessageSize: 1000 })
    await ws.send('€'.repeat(334))
    await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_MESSAGE_TOO_BIG' })
  })

  test('delivers all messages in order with a small receive queue', async () => {
    const ws = await connect(`${peer.ws}/source?count=20000&size=100`, { receiveQueue: { bytes: 1000 } })
    for (let number = 0; number < 20_000; number += 1) {
      const received = Number(((await ws.recv()) as Buffer).readBigUInt64BE())
      if (received !== number) expect(received).toBe(number)
    }
    await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED', closeCode: 1000 })
  })

  test('stats() counts messages and bytes, and keeps the counters after the end', async () => {
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
    // A header takes two bytes, two more for payloads above 125 bytes, and four for the mask of a sent frame.
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

  test('stats() counts the bytes of queued messages plus 64 for each message', async () => {
    const ws = await connect(peer.ws)
    for (const message of ['a', 'bcd', Buffer.alloc(6)]) await ws.send(message)
    await ws.ping()
    expect(ws.stats()).toMatchObject({ queuedMessages: 3, queuedBytes: 10 + 3 * 64 })
    await ws.recv()
    expect(ws.stats()).toMatchObject({ queuedMessages: 2, queuedBytes: 9 + 2 * 64 })
    ws.terminate()
    expect(ws.stats()).toMatchObject({ queuedMessages: 2, queuedBytes: 9 + 2 * 64 })
  })

  test('getters keep their values after the end', async () => {
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
  test('pauses reading while the receive queue is full, and resumes once it has been read', async () => {
    const options = { receiveQueue: { bytes: 16 * KIB }, pingInterval: 0 }
    const ws = await connectAsync(`${peer.ws}/source?count=0&size=1024`, options)
    await expect.poll(() => ws.stats().queuedBytes, { timeout: 10_000 }).toBeGreaterThan(16 * KIB)
    await sleep(100)
    const full = ws.stats()
    await sleep(200)
    expect(ws.stats()).toEqual(full)
    const count = full.queuedMessages + 10_000
    for (let number = 0; number < count; number += 1) {
      const received = Number(((await ws.recv()) as Buffer).readBigUInt64BE())
      if (received !== number) expect(received).toBe(number)
    }
    ws.terminate()
  })
})
