// Messages that another thread compresses count as unsent, and the event loop sleeps meanwhile.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connect } from 'websocket-rs'
import { type WebSocket, WebSocketServer } from 'ws'
import { peer } from '../support/peer.js'

// V8 marks in tasks of the loop, each of which posts the next: some 1000 iterations on a busy machine.
setFlagsFromString('--no-incremental-marking')

const KIB = 1024
const MIB = 1024 * KIB

/** Starts a server that decompresses. Returns its URL, and the first bytes of the messages that it has received. */
async function listen() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: true })
  onTestFinished(() => server.close())
  await once(server, 'listening')
  const received: number[] = []
  server.on('connection', (socket: WebSocket) => {
    socket.on('message', (data: Buffer) => received.push(data.readUInt8(0)))
  })
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

/** Returns bytes that are slow to compress: digits. */
function digits(first: number, length: number): Buffer {
  let state = first
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    bytes[at] = 48 + ((state >>> 16) % 10)
  }
  bytes[0] = first
  return bytes
}

describe('messages that another thread compresses', () => {
  test('make sends wait from the high-water mark on, and let them go on', async () => {
    const { url, received } = await listen()
    const ws = await connect(url, { compression: true, highWaterMark: 2 * MIB })
    const order: number[] = []
    const messages = [1, 2, 3, 4].map((at) => digits(at, MIB))
    const sends = messages.map((message, at) => ws.send(message).then(() => order.push(at + 1)))
    // None is compressed by now: that takes some 20 ms.
    expect(ws.bufferedAmount).toBe(2 * MIB)
    expect(ws.trySend('x')).toBe(false)
    await Promise.all(sends)
    expect(order).toEqual([1, 2, 3, 4])
    await ws.close()
    expect(received).toEqual([1, 2, 3, 4])
    expect(ws.bufferedAmount).toBe(0)
  })

  test('are waited for by flush()', async () => {
    const { url, received } = await listen()
    const ws = await connect(url, { compression: true })
    const message = digits(1, 4 * MIB)
    void ws.send(message)
    expect(ws.bufferedAmount).toBe(4 * MIB)
    await ws.flush()
    expect(ws.bufferedAmount).toBe(0)
    // The server decompresses in this process, in many iterations of the loop.
    await expect.poll(() => received.length, { timeout: 10_000 }).toBe(1)
    ws.terminate()
  })

  const loopCount = () =>
    (performance.nodeTiming as { uvMetricsInfo?: { loopCount: number } }).uvMetricsInfo?.loopCount

  test.skipIf(loopCount() === undefined)(
    'do not wake the event loop before they are compressed',
    async () => {
      // A server in this process wakes the loop as well.
      const ws = await connect(`${peer.ws}/sink?deflate=1`, {
        compression: { level: 9 },
        highWaterMark: 128 * KIB,
      })
      expect(ws.extensions).toContain('permessage-deflate')
      const before = loopCount() as number
      // Sending is paused as well.
      void ws.send(digits(1, 256 * KIB))
      await ws.flush()
      expect((loopCount() as number) - before).toBeLessThan(100)
      ws.terminate()
    },
  )

  test('leave several connections in the order of each', async () => {
    const { url, received } = await listen()
    const connections = await Promise.all([1, 2, 3, 4].map(() => connect(url, { compression: true })))
    for (const [at, ws] of connections.entries()) {
      for (const step of [0, 1, 2]) void ws.send(digits(10 * at + step, step === 1 ? 10 : 70_000))
    }
    await Promise.all(connections.map((ws) => ws.close()))
    for (const at of connections.keys()) {
      const own = received.filter((first) => Math.floor(first / 10) === at)
      expect(own).toEqual([0, 1, 2].map((step) => 10 * at + step))
    }
  })
})
