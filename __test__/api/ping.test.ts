// Pings of the caller and of the keepalive.

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
  ])('ping gives the round trip and remembers it as latency, payload: %s', async (_, data) => {
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
  ])('ping refuses a payload and stays usable: %s', async (_, data) => {
    const ws = await connect(peer.ws)
    await expect(async () => ws.ping(data as never)).rejects.toMatchObject({
      name: 'TypeError',
      code: 'ERR_WS_INVALID_DATA',
    })
    expect(await ws.ping()).toBeGreaterThan(0)
    ws.terminate()
  })

  test('ping keeps the messages that come before the pong for recv', async () => {
    const ws = await connect(peer.ws)
    for (const message of ['a', 'b']) await ws.send(message)
    await ws.ping()
    expect([await ws.recv(), await ws.recv()]).toEqual(['a', 'b'])
    ws.terminate()
  })

  test('ping times out after its own timeout, and the connection goes on', async () => {
    const ws = await connect(`${peer.ws}/silent`)
    await expect(async () => ws.ping(undefined, { timeout: 30 })).rejects.toMatchObject(TIMEOUT)
    expect([ws.readyState, ws.latency]).toEqual([1, undefined])
    ws.terminate()
  })

  test('ping times out after pingTimeout', async () => {
    const ws = await connect(`${peer.ws}/silent`, { pingTimeout: 30, pingInterval: 0 })
    await expect(async () => ws.ping()).rejects.toMatchObject(TIMEOUT)
    expect(ws.readyState).toBe(1)
    ws.terminate()
  })

  test('ping on a closed connection says that it is closed', async () => {
    const ws = await connect(peer.ws)
    await ws.close()
    await expect(async () => ws.ping()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED', closeCode: 1000 })
  })

  test('answers the pings of the server while it receives', async () => {
    const ws = await connect(`${peer.ws}/ping?payload=hello&count=3`)
    for (let count = 0; count < 3; count += 1) expect(await ws.recv()).toBe('pong:hello')
    ws.terminate()
  })

  test('the keepalive ends a connection whose peer answers nothing', async () => {
    const ws = await connect(`${peer.ws}/silent`, { pingInterval: 30, pingTimeout: 30 })
    await expect(async () => ws.recv()).rejects.toMatchObject(TIMEOUT)
    expect(ws).toMatchObject({ readyState: 3, closeCode: 1006, wasClean: false })
    await expect(async () => ws.send('x')).rejects.toMatchObject(TIMEOUT)
    await ws.close()
  })

  test('the keepalive leaves a connection open whose peer answers', async () => {
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

  test('the answer to the keepalive is the latency', async () => {
    const ws = await connect(peer.ws, { pingInterval: 10 })
    for (const deadline = Date.now() + 10_000; ws.latency === undefined && Date.now() < deadline; )
      await expect(async () => ws.recv({ timeout: 20 })).rejects.toMatchObject({
        code: 'ERR_WS_RECEIVE_TIMEOUT',
      })
    expect(ws.latency).toBeGreaterThan(0)
    ws.terminate()
  })

  test('there is no keepalive with pingInterval 0', async () => {
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
  test('answers every one of many pings at once', async () => {
    const ws = await connectAsync(peer.ws)
    const trips = await Promise.all(Array.from({ length: 50 }, () => ws.ping()))
    expect(trips.every((trip) => trip > 0)).toBe(true)
    ws.terminate()
  })

  test('a ping can be aborted, and the connection goes on', async () => {
    const ws = await connectAsync(`${peer.ws}/silent`)
    const controller = new AbortController()
    const ping = ws.ping(undefined, { signal: controller.signal })
    controller.abort('enough')
    await expect(ping).rejects.toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' })
    expect(ws.readyState).toBe(1)
    ws.terminate()
  })

  test('the keepalive ends a recv that waits', async () => {
    const ws = await connectAsync(`${peer.ws}/silent`, { pingInterval: 50, pingTimeout: 50 })
    await expect(ws.recv()).rejects.toMatchObject(TIMEOUT)
  })
})
