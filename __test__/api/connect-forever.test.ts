// connect.forever: reconnecting, back-off and options.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Connection, connect, type ForeverOptions, type Reconnect } from 'websocket-rs'
import { WebSocketServer } from 'ws'
import { refusingAddress } from '../support/addresses.js'
import { peer } from '../support/peer.js'

/** Reconnects without a delay. */
const AT_ONCE: ForeverOptions = { backoff: { initial: 0 } }

/** Returns a `shouldReconnect` that returns true `times` times, and the reasons that it was called with. */
function recording(times: number) {
  const reasons: Reconnect[] = []
  const shouldReconnect = (reason: Reconnect) => reasons.push(reason) <= times
  return { reasons, shouldReconnect }
}

/** Starts a server that rejects requests as `reject` decides, or accepts them and sends a greeting. Returns its URL. */
async function greeting(reject: (response: ServerResponse, request: number) => boolean): Promise<string> {
  const server = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  let requests = 0
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    const rejection = { status: 0, headers: {} as Record<string, string> }
    const response = {
      writeHead: (status: number, headers = {}) => Object.assign(rejection, { status, headers }),
    } as unknown as ServerResponse
    requests += 1
    if (reject(response, requests)) {
      const lines = Object.entries(rejection.headers).map(([name, value]) => `${name}: ${value}\r\n`)
      socket.end(`HTTP/1.1 ${rejection.status} No\r\n${lines.join('')}Content-Length: 0\r\n\r\n`)
    } else sockets.handleUpgrade(request, socket, head, (ws) => ws.send(`greeting ${requests}`))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    for (const ws of sockets.clients) ws.terminate()
    server.close()
  })
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('connect.forever', () => {
  test('reconnects after any close code, and closes the connection when the loop is left', async () => {
    const codes: (number | undefined)[] = []
    const texts: unknown[] = []
    const paths = ['/close?code=1001&after=1', '/close?code=1011&after=1']
    for (const path of paths) {
      let rounds = 0
      for await (const ws of connect.forever(`${peer.ws}${path}`, AT_ONCE)) {
        await ws.send('x')
        for await (const message of ws) texts.push(message)
        codes.push(ws.closeCode)
        rounds += 1
        if (rounds === 2) break
      }
    }
    expect(codes).toEqual([1001, 1001, 1011, 1011])
    expect(texts).toEqual(['x', 'x', 'x', 'x'])
    let last: { readyState: number; closeCode: number | undefined } | undefined
    for await (const ws of connect.forever(peer.ws)) {
      last = ws
      break
    }
    expect(last).toMatchObject({ readyState: 3, closeCode: 1000 })
  })

  test('closes the connection if the loop throws', async () => {
    let last: { readyState: number } | undefined
    const failing = async () => {
      for await (const ws of connect.forever(peer.ws)) {
        last = ws
        throw new Error('mine')
      }
    }
    await expect(failing()).rejects.toThrow('mine')
    expect(last?.readyState).toBe(3)
  })

  test('rejects if the loop is left with unsent messages, unless the loop throws, and opens no more', async () => {
    const opened: { readyState: number }[] = []
    const leave = async (end: () => void) => {
      const options = { ...AT_ONCE, closeTimeout: 50, shouldReconnect: () => true }
      for await (const ws of connect.forever(`${peer.ws}/deaf`, options)) {
        opened.push(ws)
        ws.send(Buffer.alloc(32 * 1024 * 1024)).catch(() => {})
        end()
        break
      }
    }
    await expect(leave(() => {})).rejects.toMatchObject({ code: 'ERR_WS_CLOSE_TIMEOUT' })
    const mine = () => {
      throw new Error('mine')
    }
    await expect(leave(mine)).rejects.toThrow('mine')
    expect(opened.map(({ readyState }) => readyState)).toEqual([3, 3])
  })

  test('awaits an asynchronous shouldReconnect', async () => {
    const attempts: number[] = []
    const shouldReconnect = async ({ attempt }: Reconnect) => {
      attempts.push(attempt)
      await new Promise(setImmediate)
      return attempt < 3
    }
    const failing = connect.forever(`ws://${await refusingAddress()}`, { ...AT_ONCE, shouldReconnect }).next()
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_CONNECT' })
    expect(attempts).toEqual([1, 2, 3])
  })

  test('keeps a delay of 0 for any factor', async () => {
    const { reasons, shouldReconnect } = recording(20)
    const backoff = { initial: 0, factor: 1e300 }
    const failing = connect.forever(`ws://${await refusingAddress()}`, { backoff, shouldReconnect }).next()
    await expect(failing).rejects.toThrow()
    expect(reasons.map(({ delay }) => delay)).toEqual(Array.from({ length: 21 }, () => 0))
  })

  test('increases the delay up to max and passes it to shouldReconnect', async () => {
    const { reasons, shouldReconnect } = recording(5)
    const options = { backoff: { initial: 1, factor: 2, max: 5 }, jitter: 0, shouldReconnect }
    const failing = connect.forever(`ws://${await refusingAddress()}`, options).next()
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_CONNECT' })
    expect(reasons.map(({ attempt, delay }) => [attempt, delay])).toEqual([
      [1, 1],
      [2, 2],
      [3, 4],
      [4, 5],
      [5, 5],
      [6, 5],
    ])
    expect(reasons.every(({ error, closeCode }) => error instanceof Error && closeCode === undefined)).toBe(
      true,
    )
  })

  test('randomizes a part of the delay, as jitter says', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValueOnce(0).mockReturnValueOnce(1).mockReturnValue(0.5)
    onTestFinished(() => random.mockRestore())
    const { reasons, shouldReconnect } = recording(2)
    const options = { backoff: { initial: 8, factor: 1 }, jitter: 0.25, shouldReconnect }
    await expect(connect.forever(`ws://${await refusingAddress()}`, options).next()).rejects.toThrow()
    expect(reasons.map(({ delay }) => delay)).toEqual([8, 6, 7])
  })

  test('retries after a 503, no earlier than Retry-After says', async () => {
    const url = await greeting((response, request) => {
      if (request < 3) response.writeHead(503, request === 2 ? { 'Retry-After': '1' } : {})
      return request < 3
    })
    const reasons: Reconnect[] = []
    const shouldReconnect = (reason: Reconnect) => {
      reasons.push(reason)
      return true
    }
    for await (const ws of connect.forever(url, { backoff: { initial: 1, max: 2000 }, shouldReconnect })) {
      expect(await ws.recv()).toBe('greeting 3')
      break
    }
    expect(reasons.map(({ delay }) => delay >= 1000)).toEqual([false, true])
  })

  test.each([
    ['a permanent error status', () => `${peer.ws}/status/404`, 'ERR_WS_UNEXPECTED_STATUS'],
    ['an untrusted certificate', () => peer.wss, 'ERR_WS_TLS'],
    ['an invalid URL', () => 'no URL', 'ERR_WS_INVALID_URL'],
  ])('does not retry after %s', async (_, url, code) => {
    await expect(connect.forever(url(), AT_ONCE).next()).rejects.toMatchObject({ code })
  })

  test('ends without an error if shouldReconnect returns false after a close', async () => {
    const { reasons, shouldReconnect } = recording(1)
    let rounds = 0
    const options = { ...AT_ONCE, shouldReconnect }
    for await (const ws of connect.forever(`${peer.ws}/close?code=4005&after=0`, options)) {
      for await (const _ of ws) expect.unreachable()
      rounds += 1
    }
    expect(rounds).toBe(2)
    expect(reasons).toMatchObject([
      { closeCode: 4005, error: undefined, attempt: 1 },
      { closeCode: 4005, error: undefined, attempt: 2 },
    ])
  })

  test('resets the attempts after a stable connection', async () => {
    const { reasons, shouldReconnect } = recording(0)
    const options = { stableAfter: 0, shouldReconnect }
    for await (const ws of connect.forever(`${peer.ws}/close?code=1000&after=0`, options)) await ws.close()
    expect(reasons).toMatchObject([{ attempt: 0, delay: 0 }])
  })

  test('rejects with an AbortError if the signal fires during the delay', async () => {
    const controller = new AbortController()
    const options = { backoff: { initial: 60_000, max: 60_000 }, signal: controller.signal }
    const pending = connect.forever(`ws://${await refusingAddress()}`, options).next()
    setTimeout(() => controller.abort('enough'), 50)
    await expect(pending).rejects.toMatchObject({ name: 'AbortError', cause: 'enough' })
  })

  test('throws on an invalid option of connect() without calling shouldReconnect', async () => {
    const { reasons, shouldReconnect } = recording(20)
    for (const [url, options] of [
      [peer.ws, { maxMessageSize: -1 }],
      ['nonsense', {}],
      [peer.ws, { tls: { ca: 'no PEM' } }],
      [peer.ws, { headers: { Upgrade: 'x' } }],
    ] as const) {
      const failing = connect.forever(url, { ...AT_ONCE, ...options, shouldReconnect }).next()
      await expect(failing).rejects.toMatchObject({ name: 'TypeError', code: /^ERR_WS_INVALID/ })
    }
    expect(reasons).toEqual([])
  })

  test('throw() rejects with the given error even if messages are unsent', async () => {
    const loop = connect.forever(`${peer.ws}/deaf`, { ...AT_ONCE, closeTimeout: 50 })
    const { value: ws } = (await loop.next()) as { value: Connection }
    ws.send(Buffer.alloc(32 * 1024 * 1024)).catch(() => {})
    await expect(loop.throw(new Error('mine'))).rejects.toThrow('mine')
    expect(ws.readyState).toBe(3)
  })

  test.each<[name: string, options: object]>([
    ['backoff', { backoff: 5 }],
    ['backoff.initial', { backoff: { initial: -1 } }],
    ['backoff.factor', { backoff: { factor: 0.5 } }],
    ['backoff.least', { backoff: { least: 1 } }],
    ['jitter', { jitter: 2 }],
    ['stableAfter', { stableAfter: '1' }],
    ['shouldReconnect', { shouldReconnect: true }],
    ['patience', { patience: 1 }],
  ])('names the invalid or unknown option %s', async (name, options) => {
    const failing = connect.forever(peer.ws, options as ForeverOptions).next()
    await expect(failing).rejects.toThrow(new RegExp(`option ${name} `))
    await expect(connect.forever(peer.ws, options as ForeverOptions).next()).rejects.toThrow(TypeError)
  })
})
