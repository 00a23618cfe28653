// Broken networks: every call ends within its timeout, with its documented error.

import { readdirSync } from 'node:fs'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { type Link, startLink } from './link.js'

// Network namespaces exist on Linux only. On other systems, __test__/wire and __test__/api test faults of the peer.
const isLinux = process.platform === 'linux'
const link = isLinux ? await startLink() : undefined
afterAll(() => link?.remove())
afterEach(() => link?.heal())

const CLOSED = { name: 'ConnectionClosedError', code: 'ERR_WS_CLOSED', closeCode: 1006, wasClean: false }
const MIB = 1024 * 1024

describe.runIf(link !== undefined).each(apis)('$name', ({ connect }) => {
  // Evaluated even if the suite is skipped.
  const { ws: url = '', refusing = '', breakDown, heal, slowDown, reset } = link ?? ({} as Link)

  test('the keepalive detects a black hole', async () => {
    const ws = await connect(url, { pingInterval: 100, pingTimeout: 200 })
    await ws.send('x')
    expect(await ws.recv()).toBe('x')
    breakDown()
    const lost = { name: 'TimeoutError', code: 'ERR_WS_PING_TIMEOUT' }
    await expect(async () => ws.recv()).rejects.toMatchObject(lost)
    await expect(async () => ws.send('x')).rejects.toMatchObject(lost)
    expect(ws).toMatchObject({ readyState: 3, closeCode: 1006, wasClean: false })
    await ws.close()
  })

  test('loses no message in a temporary black hole without a keepalive', async () => {
    const ws = await connect(url, { pingInterval: 0 })
    breakDown()
    await ws.send('late')
    await expect(async () => ws.recv({ timeout: 300 })).rejects.toMatchObject({
      code: 'ERR_WS_RECEIVE_TIMEOUT',
    })
    await expect(async () => ws.ping(undefined, { timeout: 100 })).rejects.toMatchObject({
      code: 'ERR_WS_PING_TIMEOUT',
    })
    heal()
    expect(await ws.recv({ timeout: 20_000 })).toBe('late')
    await ws.close()
    expect(ws.wasClean).toBe(true)
  })

  test('an unanswered SYN ends with connectTimeout and leaves no open file', async () => {
    breakDown()
    const files = () => readdirSync('/proc/self/fd').length
    const connectIt = () => connect(url, { connectTimeout: 100 })
    const expected = { name: 'TimeoutError', code: 'ERR_WS_CONNECT_TIMEOUT', phase: 'dial' }
    await expect(connectIt()).rejects.toMatchObject(expected)
    const before = files()
    for (let time = 0; time < 20; time += 1) await expect(connectIt()).rejects.toMatchObject(expected)
    expect(files()).toBeLessThanOrEqual(before + 1)
  })

  test('reports a refused connection at once', async () => {
    await expect(connect(refusing)).rejects.toMatchObject({
      name: 'ConnectError',
      code: 'ERR_WS_CONNECT',
      cause: { code: 'ECONNREFUSED' },
    })
  })

  test('close ends after closeTimeout and reports unsent bytes', async () => {
    const quiet = await connect(url, { pingInterval: 0, closeTimeout: 200 })
    const busy = await connect(url, { pingInterval: 0, closeTimeout: 200, highWaterMark: 0 })
    breakDown()
    await quiet.close()
    expect(quiet).toMatchObject({ readyState: 3, closeCode: 1006, wasClean: false })
    for (let count = 0; count < 16; count += 1) await busy.send(Buffer.alloc(MIB))
    await expect(async () => busy.close()).rejects.toMatchObject({
      name: 'TimeoutError',
      code: 'ERR_WS_CLOSE_TIMEOUT',
      message: /bytes were not sent/,
    })
    expect(busy.readyState).toBe(3)
  })

  test('send waits at the high-water mark and reports that the message was not sent', async () => {
    const ws = await connect(url, { pingInterval: 0, highWaterMark: MIB, sendTimeout: 200 })
    breakDown()
    const flood = async () => {
      for (let count = 0; count < 64; count += 1) await ws.send(Buffer.alloc(MIB))
    }
    await expect(flood()).rejects.toMatchObject({ name: 'TimeoutError', code: 'ERR_WS_SEND_TIMEOUT' })
    const { messagesSent } = ws.stats()
    heal()
    // Exactly the accepted messages arrive, and the connection remains usable.
    for (let count = 0; count < messagesSent; count += 1)
      expect(((await ws.recv({ timeout: 20_000 })) as Buffer).length).toBe(MIB)
    await ws.send('after', { timeout: 20_000 })
    expect(await ws.recv({ timeout: 20_000 })).toBe('after')
    ws.terminate()
  })

  test('reports a reset between messages with its cause', async () => {
    const ws = await connect(`${url}/source?count=1000000&size=1000`)
    await ws.recv()
    reset()
    const flood = async () => {
      for (;;) await ws.recv()
    }
    await expect(flood()).rejects.toMatchObject({ ...CLOSED, cause: { code: 'ECONNRESET' } })
  })

  test('delivers everything over a slow link', async () => {
    const ws = await connect(url)
    slowDown(16_000_000, 200)
    const payload = Buffer.alloc(512 * 1024, 'abcdefg')
    await ws.send(payload)
    expect(payload.equals((await ws.recv()) as Buffer)).toBe(true)
    await ws.close()
    expect(ws.wasClean).toBe(true)
  })
})
