// flush: everything that was accepted is with the kernel.

import { describe, expect, test } from 'vitest'
import { connect as connectAsync } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const MIB = 1024 * 1024

describe.each(apis)('$name', ({ connect }) => {
  test('is done at once if nothing is unsent', async () => {
    const ws = await connect(peer.ws)
    await ws.flush()
    await ws.send('x')
    await ws.flush()
    expect(ws.bufferedAmount).toBe(0)
    ws.terminate()
  })

  test('waits until a peer that reads slowly has let the kernel take everything', async () => {
    const ws = await connect(`${peer.ws}/sink`, { highWaterMark: 64 * MIB })
    for (let count = 0; count < 32; count += 1) ws.trySend(Buffer.alloc(MIB))
    await ws.flush()
    expect(ws.bufferedAmount).toBe(0)
    expect(ws.stats().bytesSent).toBeGreaterThan(32 * MIB)
    ws.terminate()
  })

  test('waits for a peer that reads nothing at first', async () => {
    const script = peer.script([{ accept: true }, { sleep: 300 }, { readToEnd: true }])
    const ws = await connect(script.url, { highWaterMark: 64 * MIB })
    const start = performance.now()
    for (let count = 0; count < 32; count += 1) ws.trySend(Buffer.alloc(MIB))
    await ws.flush()
    expect(performance.now() - start).toBeGreaterThan(200)
    expect(ws.bufferedAmount).toBe(0)
    ws.terminate()
  })

  test('says after its timeout how much is unsent, and the connection goes on', async () => {
    const ws = await connect(`${peer.ws}/deaf`, { highWaterMark: 64 * MIB, closeTimeout: 100 })
    for (let count = 0; count < 32; count += 1) ws.trySend(Buffer.alloc(MIB))
    await expect(async () => ws.flush({ timeout: 50 })).rejects.toMatchObject({
      code: 'ERR_WS_SEND_TIMEOUT',
      message: expect.stringMatching(/^\d+ bytes .*50 ms \(timeout\)$/),
    })
    expect(ws.readyState).toBe(1)
    ws.terminate()
  })

  test('rejects if the connection has ended', async () => {
    const ws = await connect(peer.ws)
    ws.terminate()
    await expect(async () => ws.flush()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
  })

  test('refuses wrong options', async () => {
    const ws = await connect(peer.ws)
    await expect(async () => ws.flush({ timeout: 'x' as never })).rejects.toMatchObject({
      code: 'ERR_WS_INVALID_OPTION',
    })
    ws.terminate()
  })
})

describe('promise API', () => {
  test('waits for sends that wait, too', async () => {
    const ws = await connectAsync(`${peer.ws}/sink`, { highWaterMark: 1024 })
    const sends = Array.from({ length: 32 }, () => ws.send(Buffer.alloc(MIB)))
    await ws.flush()
    expect(ws.stats().messagesSent).toBe(32)
    expect(ws.bufferedAmount).toBe(0)
    await Promise.all(sends)
    ws.terminate()
  })

  test('waits for sends that wait, for a peer that reads nothing at first', async () => {
    const script = peer.script([{ accept: true }, { sleep: 300 }, { readToEnd: true }])
    const ws = await connectAsync(script.url, { highWaterMark: MIB })
    const sends = Array.from({ length: 32 }, () => ws.send(Buffer.alloc(MIB)))
    const aborted = ws.flush({ signal: AbortSignal.timeout(20) })
    const flushed = ws.flush()
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
    await flushed
    expect([ws.stats().messagesSent, ws.bufferedAmount]).toEqual([32, 0])
    await Promise.all(sends)
    ws.terminate()
  })

  test('rejects if the connection ends while it waits, and when it is aborted', async () => {
    const ws = await connectAsync(`${peer.ws}/deaf`, { highWaterMark: 64 * MIB })
    for (let count = 0; count < 32; count += 1) ws.trySend(Buffer.alloc(MIB))
    const aborted = ws.flush({ signal: AbortSignal.timeout(20) })
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
    const flushed = ws.flush()
    ws.terminate()
    await expect(flushed).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
  })
})
