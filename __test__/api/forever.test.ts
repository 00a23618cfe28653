// Connections that follow each other.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Connection, connect, type ForeverOptions, type Reconnect } from 'websocket-rs'
import { WebSocketServer } from 'ws'
import { refusingAddress } from '../support/addresses.js'
import { peer } from '../support/peer.js'

/** Waits of no length. */
const AT_ONCE: ForeverOptions = { backoff: { initial: 0 } }

/** Notes why it is asked, and says yes so many times. */
function counting(times: number) {
  const asked: Reconnect[] = []
  const shouldReconnect = (reason: Reconnect) => asked.push(reason) <= times
  return { asked, shouldReconnect }
}

/** A server that answers as it is told before it opens a connection and greets. */
async function greeting(refuse: (answer: ServerResponse, request: number) => boolean): Promise<string> {
  const server = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  let requests = 0
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    const answer = { status: 0, headers: {} as Record<string, string> }
    const response = {
      writeHead: (status: number, headers = {}) => Object.assign(answer, { status, headers }),
    } as unknown as ServerResponse
    requests += 1
    if (refuse(response, requests)) {
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`)
      socket.end(`HTTP/1.1 ${answer.status} No\r\n${lines.join('')}Content-Length: 0\r\n\r\n`)
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
  test('connects again whatever ended a connection, and closes the last one', async () => {
    const codes: (number | undefined)[] = []
    const texts: unknown[] = []
    const paths = ['/close?code=1001&after=1', '/close?code=1011&after=1']
    for (const path of paths) {
      let turns = 0
      for await (const ws of connect.forever(`${peer.ws}${path}`, AT_ONCE)) {
        await ws.send('x')
        for await (const message of ws) texts.push(message)
        codes.push(ws.closeCode)
        turns += 1
        if (turns === 2) break
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

  test('an error out of the loop leaves nothing open', async () => {
    let seen: { readyState: number } | undefined
    const failing = async () => {
      for await (const ws of connect.forever(peer.ws)) {
        seen = ws
        throw new Error('mine')
      }
    }
    await expect(failing()).rejects.toThrow('mine')
    expect(seen?.readyState).toBe(3)
  })

  test('leaving the loop with messages unsent says so, opens nothing more, and hides no error of the loop', async () => {
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

  test('shouldReconnect may take its time', async () => {
    const asked: number[] = []
    const shouldReconnect = async ({ attempt }: Reconnect) => {
      asked.push(attempt)
      await new Promise(setImmediate)
      return attempt < 3
    }
    const failing = connect.forever(`ws://${await refusingAddress()}`, { ...AT_ONCE, shouldReconnect }).next()
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_CONNECT' })
    expect(asked).toEqual([1, 2, 3])
  })

  test('a wait of nothing stays one, however often it has grown', async () => {
    const { asked, shouldReconnect } = counting(20)
    const backoff = { initial: 0, factor: 1e300 }
    const failing = connect.forever(`ws://${await refusingAddress()}`, { backoff, shouldReconnect }).next()
    await expect(failing).rejects.toThrow()
    expect(asked.map(({ delay }) => delay)).toEqual(Array.from({ length: 21 }, () => 0))
  })

  test('waits ever longer, up to the most, and says for how long', async () => {
    const { asked, shouldReconnect } = counting(5)
    const options = { backoff: { initial: 1, factor: 2, max: 5 }, jitter: 0, shouldReconnect }
    const failing = connect.forever(`ws://${await refusingAddress()}`, options).next()
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_CONNECT' })
    expect(asked.map(({ attempt, delay }) => [attempt, delay])).toEqual([
      [1, 1],
      [2, 2],
      [3, 4],
      [4, 5],
      [5, 5],
      [6, 5],
    ])
    expect(asked.every(({ error, closeCode }) => error instanceof Error && closeCode === undefined)).toBe(
      true,
    )
  })

  test('leaves part of a delay to chance', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValueOnce(0).mockReturnValueOnce(1).mockReturnValue(0.5)
    onTestFinished(() => random.mockRestore())
    const { asked, shouldReconnect } = counting(2)
    const options = { backoff: { initial: 8, factor: 1 }, jitter: 0.25, shouldReconnect }
    await expect(connect.forever(`ws://${await refusingAddress()}`, options).next()).rejects.toThrow()
    expect(asked.map(({ delay }) => delay)).toEqual([8, 6, 7])
  })

  test('a server that refuses for now is asked again, no sooner than it says', async () => {
    const url = await greeting((answer, request) => {
      if (request < 3) answer.writeHead(503, request === 2 ? { 'Retry-After': '1' } : {})
      return request < 3
    })
    const asked: Reconnect[] = []
    const shouldReconnect = (reason: Reconnect) => {
      asked.push(reason)
      return true
    }
    for await (const ws of connect.forever(url, { backoff: { initial: 1, max: 2000 }, shouldReconnect })) {
      expect(await ws.recv()).toBe('greeting 3')
      break
    }
    expect(asked.map(({ delay }) => delay >= 1000)).toEqual([false, true])
  })

  test.each([
    ['a status that stays', () => `${peer.ws}/status/404`, 'ERR_WS_UNEXPECTED_STATUS'],
    ['a certificate nobody trusts', () => peer.wss, 'ERR_WS_TLS'],
    ['a URL that is none', () => 'no URL', 'ERR_WS_INVALID_URL'],
  ])('does not try again after %s', async (_, url, code) => {
    await expect(connect.forever(url(), AT_ONCE).next()).rejects.toMatchObject({ code })
  })

  test('ends quietly where shouldReconnect says no after a close', async () => {
    const { asked, shouldReconnect } = counting(1)
    let turns = 0
    const options = { ...AT_ONCE, shouldReconnect }
    for await (const ws of connect.forever(`${peer.ws}/close?code=4005&after=0`, options)) {
      for await (const _ of ws) expect.unreachable()
      turns += 1
    }
    expect(turns).toBe(2)
    expect(asked).toMatchObject([
      { closeCode: 4005, error: undefined, attempt: 1 },
      { closeCode: 4005, error: undefined, attempt: 2 },
    ])
  })

  test('a connection that held is no failure', async () => {
    const { asked, shouldReconnect } = counting(0)
    const options = { stableAfter: 0, shouldReconnect }
    for await (const ws of connect.forever(`${peer.ws}/close?code=1000&after=0`, options)) await ws.close()
    expect(asked).toMatchObject([{ attempt: 0, delay: 0 }])
  })

  test('the signal ends a wait', async () => {
    const controller = new AbortController()
    const options = { backoff: { initial: 60_000, max: 60_000 }, signal: controller.signal }
    const waiting = connect.forever(`ws://${await refusingAddress()}`, options).next()
    setTimeout(() => controller.abort('enough'), 50)
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError', cause: 'enough' })
  })

  test('a wrong option of connect is thrown, and nobody is asked', async () => {
    const { asked, shouldReconnect } = counting(20)
    for (const [url, options] of [
      [peer.ws, { maxMessageSize: -1 }],
      ['nonsense', {}],
      [peer.ws, { tls: { ca: 'no PEM' } }],
      [peer.ws, { headers: { Upgrade: 'x' } }],
    ] as const) {
      const failing = connect.forever(url, { ...AT_ONCE, ...options, shouldReconnect }).next()
      await expect(failing).rejects.toMatchObject({ name: 'TypeError', code: /^ERR_WS_INVALID/ })
    }
    expect(asked).toEqual([])
  })

  test('an error thrown in comes out, whatever cannot be sent', async () => {
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
  ])('names the option %s where it is none', async (name, options) => {
    const failing = connect.forever(peer.ws, options as ForeverOptions).next()
    await expect(failing).rejects.toThrow(new RegExp(`option ${name} `))
    await expect(connect.forever(peer.ws, options as ForeverOptions).next()).rejects.toThrow(TypeError)
  })
})
