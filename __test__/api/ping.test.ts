// Pings of the caller, of the keepalive and of the peer.

import { describe, expect, test } from 'vitest'
import { connect as connectAsync } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const TIMEOUT = { name: 'TimeoutError', code: 'ERR_WS_PING_TIMEOUT' }

describe.each(apis)('$name', ({ connect }) => {
  test.each([
    ['none', undefined],
    ['empty', ''],
    ['text', 'text'],
    ['a Buffer', Buffer.from('bytes')],
    ['125 bytes', new Uint8Array(125)],
    ['125 characters', 'a'.repeat(125)],
  ])('ping() returns the round-trip time and sets latency, payload: %s', async (_, data) => {
    const ws = await connect(peer.ws)
    const trip = await ws.ping(data)
    expect(trip).toBeGreaterThan(0)
    expect(ws.latency).toBe(trip)
    ws.terminate()
  })

  test.each([
    ['126 characters', 'a'.repeat(126)],
    ['126 bytes of UTF-8', 'ä'.repeat(63)],
    ['126 bytes', Buffer.alloc(126)],
    ['a number', 5],
    ['null', null],
    ['an object', {}],
  ])('ping() rejects an invalid payload and the connection stays usable: %s', async (_, data) => {
    const ws = await connect(peer.ws)
    await expect(async () => ws.ping(data as never)).rejects.toMatchObject({
      name: 'TypeError',
      code: 'ERR_WS_INVALID_DATA',
    })
    expect(await ws.ping()).toBeGreaterThan(0)
    ws.terminate()
  })

  test('ping() queues messages that arrive before the pong', async () => {
    const ws = await connect(peer.ws)
    for (const message of ['a', 'b']) await ws.send(message)
    await ws.ping()
    expect([await ws.recv(), await ws.recv()]).toEqual(['a', 'b'])
    ws.terminate()
  })

  test('ping() rejects after its own timeout, and the connection stays open', async () => {
    const ws = await connect(`${peer.ws}/silent`)
    await expect(async () => ws.ping(undefined, { timeout: 30 })).rejects.toMatchObject(TIMEOUT)
    expect([ws.readyState, ws.latency]).toEqual([1, undefined])
    ws.terminate()
  })

  test('ping() rejects after pingTimeout', async () => {
    const ws = await connect(`${peer.ws}/silent`, { pingTimeout: 30, pingInterval: 0 })
    await expect(async () => ws.ping()).rejects.toMatchObject(TIMEOUT)
    expect(ws.readyState).toBe(1)
    ws.terminate()
  })

  test('ping() rejects with ERR_WS_CLOSED on a closed connection', async () => {
    const ws = await connect(peer.ws)
    await ws.close()
    await expect(async () => ws.ping()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED', closeCode: 1000 })
  })

  test('answers pings of the peer during recv()', async () => {
    const ws = await connect(`${peer.ws}/ping?payload=hello&count=3`)
    for (let count = 0; count < 3; count += 1) expect(await ws.recv()).toBe('pong:hello')
    ws.terminate()
  })

  test('keepalive ends a connection whose peer does not answer', async () => {
    const ws = await connect(`${peer.ws}/silent`, { pingInterval: 30, pingTimeout: 30 })
    await expect(async () => ws.recv()).rejects.toMatchObject(TIMEOUT)
    expect(ws).toMatchObject({ readyState: 3, closeCode: 1006, wasClean: false })
    await expect(async () => ws.send('x')).rejects.toMatchObject(TIMEOUT)
    await ws.close()
  })

  test('keepalive keeps a connection open whose peer answers', async () => {
    const ws = await connect(peer.ws, { pingInterval: 20, pingTimeout: 5000 })
    const { bytesReceived } = ws.stats()
    await expect(async () => ws.recv({ timeout: 300 })).rejects.toMatchObject({
      code: 'ERR_WS_RECEIVE_TIMEOUT',
    })
    expect(ws.readyState).toBe(1)
    expect(ws.stats().bytesReceived).toBeGreaterThan(bytesReceived)
    await ws.send('x')
    expect(await ws.recv()).toBe('x')
    ws.terminate()
  })

  test('keepalive sets latency', async () => {
    const ws = await connect(peer.ws, { pingInterval: 10 })
    for (const deadline = Date.now() + 10_000; ws.latency === undefined && Date.now() < deadline; )
      await expect(async () => ws.recv({ timeout: 20 })).rejects.toMatchObject({
        code: 'ERR_WS_RECEIVE_TIMEOUT',
      })
    expect(ws.latency).toBeGreaterThan(0)
    ws.terminate()
  })

  test('keepalive is disabled with pingInterval 0', async () => {
    const ws = await connect(`${peer.ws}/silent`, { pingInterval: 0, pingTimeout: 10 })
    const { bytesSent } = ws.stats()
    await expect(async () => ws.recv({ timeout: 200 })).rejects.toMatchObject({
      code: 'ERR_WS_RECEIVE_TIMEOUT',
    })
    expect(ws.stats().bytesSent).toBe(bytesSent)
    ws.terminate()
  })
})

describe('the promise API', () => {
  test('resolves each of many concurrent pings', async () => {
    const ws = await connectAsync(peer.ws)
    const trips = await Promise.all(Array.from({ length: 50 }, () => ws.ping()))
    expect(trips.every((trip) => trip > 0)).toBe(true)
    ws.terminate()
  })

  test('aborts a ping when its signal fires, and the connection stays open', async () => {
    const ws = await connectAsync(`${peer.ws}/silent`)
    const controller = new AbortController()
    const ping = ws.ping(undefined, { signal: controller.signal })
    controller.abort('enough')
    await expect(ping).rejects.toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' })
    expect(ws.readyState).toBe(1)
    ws.terminate()
  })

  test('keepalive rejects a pending recv()', async () => {
    const ws = await connectAsync(`${peer.ws}/silent`, { pingInterval: 50, pingTimeout: 50 })
    await expect(ws.recv()).rejects.toMatchObject(TIMEOUT)
  })
})
