// The option `reuseMemory`: messages are valid until the next call, those of connections without it for good.

import { describe, expect, onTestFinished, test } from 'vitest'
import type { ConnectOptions, Message } from 'websocket-rs'
import { type AnyConnection, type Api, apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const KIB = 1024
/** Returns a message with different content for each number. */
const filled = (size: number, number: number) => Buffer.alloc(size, `<${number}>`)

function isIntact(message: Message, size: number, number: number): boolean {
  return Buffer.isBuffer(message) && message.equals(filled(size, number))
}

async function open(api: Api, options: ConnectOptions = { reuseMemory: true }): Promise<AnyConnection> {
  const ws = await api.connect(peer.ws, { receiveQueue: { bytes: 0 }, ...options })
  onTestFinished(() => ws.terminate())
  return ws
}

async function echo(ws: AnyConnection, size: number, number: number): Promise<Message> {
  await ws.send(filled(size, number))
  return ws.recv()
}

async function sendAll(ws: AnyConnection, size: number, count: number): Promise<void> {
  await ws.sendMany(Array.from({ length: count }, (_, number) => filled(size, number)))
}

/** Echoes `count` messages one after the other. Returns how many ArrayBuffers they were in. */
async function countBuffers(ws: AnyConnection, size: number, count: number): Promise<number> {
  const seen = new Set<unknown>()
  for (let number = 0; number < count; number += 1) {
    const message = await echo(ws, size, number)
    expect(isIntact(message, size, number)).toBe(true)
    seen.add((message as Buffer).buffer)
  }
  return seen.size
}

/** Detaches the memory of a Buffer if this Node can: 22 does, 20 has no way, later versions throw. */
function detach(memory: ArrayBufferLike & { transfer?(): unknown }): void {
  try {
    memory.transfer?.()
  } catch (error) {
    expect(String(error)).toMatch(/not detachable/)
  }
}

describe.each(apis)('$name', (api) => {
  test.each([1, 20, 64])('reuses memory for messages of %i KiB', async (kib) => {
    // A message that is not read at once is gathered in memory of its own. That is rare, except on a busy machine.
    expect(await countBuffers(await open(api), kib * KIB, 300)).toBeLessThanOrEqual(30)
  })

  test('does not reuse memory by default', async () => {
    expect(await countBuffers(await open(api, {}), 32 * KIB, 300)).toBeGreaterThanOrEqual(150)
  })

  test('receives larger messages and texts unchanged', async () => {
    const ws = await open(api)
    for (const size of [64 * KIB + 1, 300 * KIB, 2048 * KIB])
      expect(isIntact(await echo(ws, size, 1), size, 1)).toBe(true)
    for (const text of ['', 'x', 'é'.repeat(20_000)]) {
      await ws.send(text)
      expect(await ws.recv()).toBe(text)
    }
  })

  test('keeps a batch of recvMany() valid until the next call while another connection receives', async () => {
    const [ws, other] = [await open(api), await open(api)]
    await sendAll(ws, 10 * KIB, 200)
    for (let number = 0; number < 200; ) {
      const batch = await ws.recvMany()
      await countBuffers(other, 40 * KIB, 5)
      for (const message of batch) {
        expect(isIntact(message, 10 * KIB, number)).toBe(true)
        number += 1
      }
    }
  })

  test('keeps queued messages valid until they are received', async () => {
    const [ws, other] = [await open(api), await open(api)]
    await sendAll(ws, 16 * KIB, 150)
    for (let number = 0; number < 150; number += 1) {
      const message = await ws.recv()
      await echo(other, 60 * KIB, number)
      expect(isIntact(message, 16 * KIB, number)).toBe(true)
    }
  })

  test('keeps a message valid during its iteration', async () => {
    const [ws, other] = [await open(api), await open(api)]
    await sendAll(ws, 16 * KIB, 150)
    let number = 0
    for await (const message of ws as AsyncIterable<Message>) {
      await echo(other, 60 * KIB, number)
      expect(isIntact(message, 16 * KIB, number)).toBe(true)
      number += 1
      if (number === 150) break
    }
  })

  test('never overwrites messages of a connection without reuseMemory', async () => {
    const [ws, keeping] = [await open(api), await open(api, {})]
    const kept: Message[] = []
    for (let number = 0; number < 1000; number += 1) {
      const size = 1 + (number % 7) * KIB
      expect(isIntact(await echo(ws, size, number), size, number)).toBe(true)
      if (number % 3 === 0) kept.push(await echo(keeping, KIB, kept.length))
    }
    await countBuffers(ws, 32 * KIB, 50)
    kept.forEach((message, number) => {
      expect(isIntact(message, KIB, number)).toBe(true)
    })
  })

  test('returns messages that arrived before the end', async () => {
    const ws = await open(api)
    await sendAll(ws, 8 * KIB, 50)
    await ws.close()
    const left = ws.stats().queuedMessages
    for (let number = 0; number < left; number += 1)
      expect(isIntact(await ws.recv(), 8 * KIB, number)).toBe(true)
    await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
  })

  test('does not reuse memory that the program detached', async () => {
    const ws = await open(api)
    for (let number = 0; number < 20; number += 1) {
      const message = await echo(ws, 50 * KIB, number)
      expect(isIntact(message, 50 * KIB, number)).toBe(true)
      detach((message as Buffer).buffer)
    }
  })
})
