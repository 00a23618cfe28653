// The keepalive of a connection whose program does not take its messages: reading is paused, so that a pong cannot come.
// The connection ends if the peer's host acknowledges nothing, and stays if the host is alive but takes nothing.

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { type Connection, connect } from 'websocket-rs'
import { connect as connectSync, type SyncConnection } from 'websocket-rs/sync'
import { type Link, startLink } from './link.js'

// Network namespaces exist on Linux only.
const link = process.platform === 'linux' ? await startLink() : undefined
afterAll(() => link?.remove())
afterEach(() => link?.heal())

const TIMEOUT = 200
const OPTIONS = { receiveQueue: { bytes: 10_000 }, pingInterval: 100, pingTimeout: TIMEOUT }
const LOST = { name: 'TimeoutError', code: 'ERR_WS_PING_TIMEOUT' }
/** The longest that the end may take, in ms: the kernel sends again and backs off, and two of its reports have to agree. */
const SOON = 20 * TIMEOUT
/** How long a living peer is watched, in ms. */
const WATCHED = 15 * TIMEOUT
/** A binary frame of 1000 bytes. */
const FRAME = `827e03e8${'78'.repeat(1000)}`

// Evaluated even if the suites are skipped.
const { ws: url = '', script, breakDown } = link ?? ({} as Link)
const source = `${url}/source?count=1000000&size=1000`

/** Sends every millisecond until a send fails. Returns the error, or `undefined` after `time` ms. */
async function sendUntilLost(ws: SyncConnection, time: number): Promise<unknown> {
  const end = performance.now() + time
  while (performance.now() < end) {
    try {
      ws.send('x')
    } catch (error) {
      return error
    }
    await sleep(1)
  }
  return undefined
}

/** Sends until the kernels of both sides are full: for half a second, no message was accepted. */
async function fill(ws: Connection): Promise<void> {
  for (let since = performance.now(); performance.now() - since < 500; await sleep(20))
    while (ws.trySend(Buffer.alloc(64 * 1024))) since = performance.now()
}

/** A connection whose reading is paused and whose peer takes nothing. */
async function full(): Promise<Connection> {
  const { url: floods } = script([{ accept: true }, { repeat: 100, hex: FRAME }, { sleep: 20_000 }])
  const ws = await connect(floods, { ...OPTIONS, highWaterMark: 1024 })
  while (ws.stats().queuedBytes < OPTIONS.receiveQueue.bytes) await sleep(5)
  await fill(ws)
  return ws
}

describe.runIf(link !== undefined)('promise API', () => {
  test('notices within a few intervals that the host is gone', async () => {
    const ws = await connect(source, OPTIONS)
    while (ws.stats().queuedBytes < OPTIONS.receiveQueue.bytes) await sleep(5)
    await sleep(100)
    breakDown()
    const start = performance.now()
    expect(await ws.closed).toMatchObject({ code: 1006, wasClean: false, error: LOST })
    expect(performance.now() - start).toBeGreaterThan(TIMEOUT)
    expect(performance.now() - start).toBeLessThan(SOON)
    await expect(ws.send('x')).rejects.toMatchObject(LOST)
  })

  test('keeps a connection whose peer goes on sending, and every message', async () => {
    const ws = await connect(`${url}/source?count=2000&size=1000`, OPTIONS)
    await sleep(WATCHED)
    expect(ws.readyState).toBe(1)
    let count = 0
    for await (const _ of ws) count += 1
    expect(count).toBe(2000)
  })

  test('keeps a connection whose peer takes nothing: its window is zero', async () => {
    const ws = await full()
    await sleep(WATCHED)
    expect([ws.readyState, ws.closeCode]).toEqual([1, undefined])
    expect(ws.trySend('x')).toBe(false)
    expect(ws.bufferedAmount).toBeGreaterThan(0)
    ws.terminate()
  })

  test('notices that the host is gone after its window was zero', async () => {
    const ws = await full()
    breakDown()
    // The kernel doubles the time between its probes, of which two have to be unanswered.
    const start = performance.now()
    expect(await ws.closed).toMatchObject({ code: 1006, error: LOST })
    expect(performance.now() - start).toBeLessThan(4 * SOON)
  })
})

describe.runIf(link !== undefined)('blocking API', () => {
  test('a program that only sends notices within a few intervals that the host is gone', async () => {
    const ws = connectSync(source, OPTIONS)
    while (ws.stats().queuedBytes < OPTIONS.receiveQueue.bytes) {
      ws.send('x')
      await sleep(1)
    }
    breakDown()
    const start = performance.now()
    expect(await sendUntilLost(ws, 2 * SOON)).toMatchObject(LOST)
    expect(performance.now() - start).toBeLessThan(SOON)
    expect(ws.closed).toMatchObject({ code: 1006, error: LOST })
  })

  test('a program that only sends keeps a connection whose peer goes on sending', async () => {
    const ws = connectSync(source, OPTIONS)
    expect(await sendUntilLost(ws, WATCHED)).toBeUndefined()
    expect(ws.readyState).toBe(1)
    ws.terminate()
  })
})
