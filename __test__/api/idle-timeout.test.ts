// idleTimeout: a connection on which no message arrives ends with an error of its own.

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { connect as connectAsync } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const IDLE = { name: 'TimeoutError', code: 'ERR_WS_IDLE_TIMEOUT', phase: 'open' }

describe.each(apis)('$name', ({ connect, iterate }) => {
  test('ends a connection on which no message comes, and tells the peer', async () => {
    const script = peer.script([{ accept: true }, { readUntilClose: true }])
    const ws = await connect(script.url, { idleTimeout: 100 })
    await expect(async () => ws.recv()).rejects.toMatchObject({
      ...IDLE,
      message: 'no message came within 100 ms (idleTimeout)',
    })
    expect(await ws.closed).toMatchObject({ code: 1006, wasClean: false, error: IDLE })
    const { frames } = await script.transcript()
    expect(frames.map(({ opcode }) => opcode)).toEqual([8])
    expect(frames[0]?.hex.startsWith('03e9')).toBe(true)
  })

  test('does not end one on which messages come, whatever the pauses add up to', async () => {
    const ws = await connect(peer.ws, { idleTimeout: 400 })
    for (let round = 0; round < 6; round += 1) {
      await ws.send('x')
      expect(await ws.recv()).toBe('x')
      await sleep(100)
    }
    await expect(async () => ws.recv({ timeout: 50 })).rejects.toMatchObject({
      code: 'ERR_WS_RECEIVE_TIMEOUT',
    })
    expect(ws.readyState).toBe(1)
    ws.terminate()
  })

  test('is not extended by pongs', async () => {
    const ws = await connect(peer.ws, { idleTimeout: 200, pingInterval: 20 })
    await expect(iterate(ws)).rejects.toMatchObject(IDLE)
    expect(ws.latency).toBeDefined()
  })

  test('is not confused with receiveTimeout, which ends nothing', async () => {
    const ws = await connect(peer.ws, { idleTimeout: 10_000 })
    await expect(async () => ws.recv({ timeout: 50 })).rejects.toMatchObject({
      code: 'ERR_WS_RECEIVE_TIMEOUT',
    })
    expect(ws.readyState).toBe(1)
    ws.terminate()
  })

  test.each([-1, '5', null])('refuses %s', async (idleTimeout) => {
    await expect(connect(peer.ws, { idleTimeout: idleTimeout as number })).rejects.toMatchObject({
      code: 'ERR_WS_INVALID_OPTION',
      message: expect.stringContaining('idleTimeout'),
    })
  })

  test.each([0, Number.POSITIVE_INFINITY, undefined])('%s means no limit', async (idleTimeout) => {
    const ws = await connect(peer.ws, { idleTimeout: idleTimeout as number })
    await expect(async () => ws.recv({ timeout: 50 })).rejects.toMatchObject({
      code: 'ERR_WS_RECEIVE_TIMEOUT',
    })
    ws.terminate()
  })
})

describe('promise API', () => {
  test('does not count time in which reading is paused', async () => {
    const ws = await connectAsync(`${peer.ws}/source?count=100000&size=100&close=0`, {
      idleTimeout: 100,
      receiveQueue: { bytes: 10_000 },
    })
    await sleep(400)
    expect(ws.readyState).toBe(1)
    expect(await ws.recv()).toBeDefined()
    ws.terminate()
  })

  test('reads before it judges: a blocked loop does not end the connection', async () => {
    const ws = await connectAsync(`${peer.ws}/source?count=3&size=1&kind=text&close=0`, { idleTimeout: 300 })
    expect(await ws.recv()).toBe('0')
    const other = await connectAsync(peer.ws, { idleTimeout: 300 })
    await other.send('late')
    const end = performance.now() + 500
    while (performance.now() < end);
    await sleep(0)
    expect(other.readyState).toBe(1)
    expect(await other.recv()).toBe('late')
    ws.terminate()
    other.terminate()
  })

  test('does not cut short a close, which closeTimeout limits', async () => {
    const ws = await connectAsync(`${peer.ws}/silent`, { idleTimeout: 50, closeTimeout: 300 })
    const start = performance.now()
    await ws.close(4000)
    expect(performance.now() - start).toBeGreaterThan(250)
    expect(await ws.closed).toEqual({ code: 1006, reason: '', wasClean: false })
  })

  test('does not hide that messages were not sent before a close', async () => {
    const options = { idleTimeout: 50, closeTimeout: 300, highWaterMark: 64 * 1024 * 1024 }
    const ws = await connectAsync(`${peer.ws}/deaf`, options)
    for (let count = 0; count < 32; count += 1) ws.trySend(Buffer.alloc(1024 * 1024))
    await expect(ws.close()).rejects.toMatchObject({ code: 'ERR_WS_CLOSE_TIMEOUT' })
  })

  test("does not replace the peer's close code", async () => {
    // The peer leaves the TCP connection open after its close frame.
    const script = peer.script([{ accept: true }, { frame: { opcode: 8, hex: '03f3' } }, { sleep: 1000 }])
    const ws = await connectAsync(script.url, { idleTimeout: 50, closeTimeout: 300 })
    expect(await ws.closed).toMatchObject({ code: 1011, error: { code: 'ERR_WS_CLOSED', closeCode: 1011 } })
  })

  test('makes connect.forever connect again', async () => {
    let connections = 0
    for await (const ws of connectAsync.forever(`${peer.ws}/silent`, {
      idleTimeout: 50,
      backoff: { initial: 0 },
    })) {
      connections += 1
      for await (const _ of ws);
      expect((await ws.closed).error).toMatchObject(IDLE)
      if (connections === 3) break
    }
    expect(connections).toBe(3)
  })
})
