// What `websocket-rs/ws` promises beyond what parity.test.ts compares.

import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import WebSocket, { WebSocketServer } from 'websocket-rs/ws'

let server: InstanceType<typeof WebSocketServer>
let url: string

beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (ws) => {
    ws.on('error', () => {})
    ws.on('message', (data, isBinary) => ws.send(data as Buffer, { binary: isBinary }))
  })
  await once(server, 'listening')
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  for (const ws of server.clients) ws.terminate()
  server.close()
})

async function connect(options = {}): Promise<WebSocket> {
  const ws = new WebSocket(url, options)
  await once(ws, 'open')
  return ws
}

/** The socket of the server for a client that has just connected. */
const peerOf = () => [...server.clients].at(-1) as WebSocket

describe('callbacks of send', () => {
  test('are called after terminate() has returned, before close', async () => {
    const ws = await connect()
    const seen: unknown[] = []
    ws.on('close', () => seen.push('close'))
    ws.send('x', (error) => seen.push(error instanceof Error))
    ws.terminate()
    seen.push('terminated')
    await once(ws, 'close')
    expect(seen).toEqual(['terminated', false, 'close'])
  })
})

describe('texts', () => {
  test('are strings for EventTarget and Buffers for EventEmitter, whichever listeners there are', async () => {
    const ws = await connect()
    const seen: unknown[] = []
    const next = async (text: string) => {
      ws.send(text)
      await once(ws, 'seen')
    }
    ws.onmessage = ({ data }) => {
      seen.push(data)
      setImmediate(() => ws.emit('seen'))
    }
    const plain = (data: unknown) => void seen.push(data)
    await next('a')
    ws.on('message', plain)
    await next('b')
    await next('c')
    ws.off('message', plain)
    await next('d')
    await next('é'.repeat(100_000))
    ws.terminate()
    const b = Buffer.from('b')
    const c = Buffer.from('c')
    expect(seen).toEqual(['a', 'b', b, 'c', c, 'd', 'é'.repeat(100_000)])
  })

  test('that are kept stay as they were while others arrive', async () => {
    const ws = await connect()
    const kept: Buffer[] = []
    const texts = Array.from({ length: 5000 }, (_, at) => `text ${at}`)
    ws.on('message', (data) => {
      if (kept.push(data as Buffer) === texts.length) ws.close()
    })
    for (const text of texts) ws.send(text)
    await once(ws, 'close')
    expect(kept.map(String)).toEqual(texts)
  })

  test('are sent as bytes with binary: false', async () => {
    const ws = await connect()
    ws.send(Buffer.from('é'), { binary: false })
    const [data, isBinary] = await once(ws, 'message')
    ws.terminate()
    expect([String(data), isBinary]).toEqual(['é', false])
  })
})

describe('pings', () => {
  test.each([true, false])('are answered with autoPong: %s only if it is true', async (autoPong) => {
    const ws = await connect({ autoPong })
    const peer = peerOf()
    const seen: string[] = []
    ws.on('ping', (data) => {
      seen.push(`ping ${data}`)
      ws.send('after the ping')
    })
    peer.on('pong', (data) => seen.push(`pong ${data}`))
    peer.on('message', () => ws.close())
    peer.ping('x')
    await once(ws, 'close')
    expect(seen).toEqual(autoPong ? ['ping x', 'pong x'] : ['ping x'])
  })

  test('between the fragments of a message are reported before it', async () => {
    const ws = await connect()
    const seen: string[] = []
    ws.on('ping', (data) => seen.push(String(data)))
    ws.on('message', (data) => {
      seen.push(String(data))
      ws.close()
    })
    const peer = peerOf()
    peer.send('a', { fin: false })
    peer.ping('p')
    peer.send('b', { fin: true })
    await once(ws, 'close')
    expect(seen).toEqual(['p', 'ab'])
  })
})

test('terminate() delivers what was read', async () => {
  const ws = await connect()
  const seen: unknown[] = []
  ws.on('message', (data) => {
    seen.push(String(data))
    if (seen.length === 2) ws.terminate()
  })
  ws.once('message', () => {
    ws.pause()
    setTimeout(() => ws.resume(), 30)
  })
  for (const text of ['1', '2', '3']) peerOf().send(text)
  const [code] = await once(ws, 'close')
  expect([...seen, code]).toEqual(['1', '2', '3', 1006])
})

test('a listener of open that throws does not keep messages from arriving', async () => {
  const handlers = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  const caught = once(process, 'uncaughtException')
  const greeter = (ws: WebSocket) => ws.send('hello')
  server.prependOnceListener('connection', greeter)
  const ws = new WebSocket(url)
  const received = once(ws, 'message')
  ws.on('open', () => {
    throw new Error('thrown')
  })
  expect((await caught)[0]).toMatchObject({ message: 'thrown' })
  for (const handler of handlers) process.on('uncaughtException', handler)
  expect(String((await received)[0])).toBe('hello')
  ws.terminate()
  await once(ws, 'close')
})

test('allowSynchronousEvents: false gives each message an iteration of the loop', async () => {
  const ws = await connect({ allowSynchronousEvents: false })
  const seen: string[] = []
  ws.on('message', (data) => {
    seen.push(String(data))
    setImmediate(() => seen.push('loop'))
    if (seen.length > 3) ws.close()
  })
  for (const text of ['1', '2', '3']) peerOf().send(text)
  await once(ws, 'close')
  expect(seen.slice(0, 5)).toEqual(['1', 'loop', '2', 'loop', '3'])
})

test('_socket shows the addresses, and its end', async () => {
  const ws = await connect()
  const { _socket: socket } = ws as unknown as { _socket: import('node:net').Socket }
  expect(socket.remoteAddress).toBe('127.0.0.1')
  expect(socket.remotePort).toBe(Number(new URL(url).port))
  socket.setNoDelay(true).unref().ref()
  const ended = [once(socket, 'close'), once(ws, 'close')]
  socket.destroy()
  expect((await Promise.all(ended))[1]?.[0]).toBe(1006)
})

test('_socket.setTimeout() has it emit a timeout once nothing is transferred, once', async () => {
  const ws = await connect()
  const { _socket: socket } = ws as unknown as { _socket: import('node:net').Socket }
  let timeouts = 0
  socket.on('timeout', () => {
    timeouts += 1
  })
  expect(socket.setTimeout(40)).toBe(socket)
  expect(socket.timeout).toBe(40)
  await once(socket, 'timeout')
  await sleep(200)
  expect(timeouts).toBe(1)
  ws.send('something')
  await once(socket, 'timeout')
  socket.setTimeout(0)
  ws.send('more')
  await sleep(200)
  expect(timeouts).toBe(2)
  ws.terminate()
  await once(ws, 'close')
})

test.runIf(process.platform === 'linux')('_socket.setKeepAlive() sets the keepalive of TCP', async () => {
  const ws = await connect()
  const { _socket: socket } = ws as unknown as { _socket: import('node:net').Socket }
  const timer = async () => {
    const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((row) => row.trim().split(/\s+/))
    const port = `:${Number(socket.localPort).toString(16).toUpperCase().padStart(4, '0')}`
    // 02: a keepalive timer is running, and when it fires, in ticks of 1/100 s.
    const [kind, ticks = ''] = rows.find(([, local]) => local?.endsWith(port))?.[5]?.split(':') ?? []
    return kind === '02' ? Number.parseInt(ticks, 16) / 100 : undefined
  }
  // Other timers of the connection may hide it for a while.
  const expectTimer = () => expect.poll(timer, { timeout: 10_000 })
  expect(await timer()).toBeUndefined()
  expect(socket.setKeepAlive(true, 5_000_000)).toBe(socket)
  await expectTimer().toBeGreaterThan(4000)
  socket.setKeepAlive(true, 500_000)
  await expectTimer().toBeLessThanOrEqual(500)
  socket.setKeepAlive(false)
  await expectTimer().toBeUndefined()
  ws.terminate()
  await once(ws, 'close')
})

test('warns once of what it ignores', async () => {
  const warnings: string[] = []
  const note = ({ message, code }: Error & { code?: string }) => void warnings.push(`${code}: ${message}`)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  for (let round = 0; round < 2; round += 1) {
    const ws = await connect({ generateMask() {} })
    const { _socket: socket } = ws as unknown as { _socket: import('node:net').Socket }
    socket.on('end', () => {})
    socket.on('data', () => {})
    ws.send('x', { mask: true })
    ws.send('x', { mask: false })
    ws.ping('x', false)
    ws.terminate()
    await once(ws, 'close')
  }
  expect(warnings).toEqual([
    expect.stringMatching(/^WEBSOCKET_RS_IGNORED: websocket-rs\/ws: option generateMask is ignored: /),
    expect.stringMatching(/^WEBSOCKET_RS_IGNORED: websocket-rs\/ws: 'data' of _socket is ignored: /),
    expect.stringMatching(/^WEBSOCKET_RS_IGNORED: websocket-rs\/ws: mask: false is ignored: /),
  ])
})

test('instances work behind a Proxy, and sockets of the server are instances', async () => {
  const ws = new Proxy(await connect(), {})
  expect(ws.readyState).toBe(1)
  expect(peerOf() instanceof WebSocket).toBe(true)
  expect(peerOf() instanceof class extends WebSocket {}).toBe(false)
  ws.terminate()
  await once(ws, 'close')
})

test('callbacks of sends are called in order, after the message is written', async () => {
  const ws = await connect()
  const seen: number[] = []
  const data = Buffer.alloc(1024 * 1024)
  await new Promise<void>((resolve) => {
    for (const at of [1, 2, 3, 4]) {
      ws.send(data, (error) => {
        expect(error).toBeNull()
        seen.push(at)
        if (at === 4) resolve()
      })
    }
  })
  expect(seen).toEqual([1, 2, 3, 4])
  expect(ws.bufferedAmount).toBe(0)
  ws.terminate()
  await once(ws, 'close')
})

/** What programs reach of `ws` beyond its documentation. */
interface Undocumented {
  readonly _socket: import('node:net').Socket
  readonly _receiver: import('node:stream').Writable
}

test('_socket.write() sends bytes as they are, and _socket.push() takes them as received', async () => {
  const ws = await connect()
  const { _socket: socket } = ws as unknown as Undocumented
  const received = once(ws, 'message')
  socket.push(Buffer.from('810161', 'hex'))
  expect(String((await received)[0])).toBe('a')
  const failed = once(peerOf(), 'error')
  const written = new Promise<unknown>((resolve) => socket.write(Buffer.from('850000', 'hex'), resolve))
  expect(await written).toBeNull()
  expect((await failed)[0]).toMatchObject({ code: 'WS_ERR_INVALID_OPCODE' })
  ws.terminate()
})

test("_receiver emits 'conclude' for the close frame of the peer, when the connection is closing", async () => {
  const ws = await connect()
  const { _receiver: receiver } = ws as unknown as Undocumented
  const states: unknown[] = []
  receiver.on('conclude', (code, reason) => states.push(code, String(reason), ws.readyState))
  peerOf().close(4001, 'bye')
  await once(ws, 'close')
  expect(states).toEqual([4001, 'bye', ws.CLOSING])
})

test('_socket is the socket of the program if an option brings one', async () => {
  const { createConnection } = await import('node:net')
  let given: unknown
  const ws = await connect({
    createConnection: (options: import('node:net').NetConnectOpts) => {
      given = createConnection(options)
      return given
    },
  })
  expect((ws as unknown as Undocumented)._socket).toBe(given)
  ws.send('x')
  expect(String((await once(ws, 'message'))[0])).toBe('x')
  ws.close()
  await once(ws, 'close')
})
