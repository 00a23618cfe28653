// The socket driver: streams of Node carry connections. `make test-socket` runs the tests of the other files with it.

import { once } from 'node:events'
import { Agent, createServer } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import {
  type AddressInfo,
  connect as connectSocket,
  createServer as createTcpServer,
  type LookupFunction,
  type Socket,
} from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ConnectOptions, type CreateConnection, connect } from 'websocket-rs'
import { connect as connectSync } from 'websocket-rs/sync'
import WsSocket from 'websocket-rs/ws'
import { peer } from '../support/peer.js'

const { ca } = peer

/** A function that opens a socket, and the sockets that it has opened. */
function recording(): { opened: Socket[]; createConnection: CreateConnection } {
  const opened: Socket[] = []
  const createConnection: CreateConnection = (options) => {
    const socket = connectSocket(options as never)
    opened.push(socket)
    return socket
  }
  return { opened, createConnection }
}

/** A stream over a socket, whose writes `handleWrite` handles once the socket is open. */
class Wrapped extends Duplex {
  #hasOpened = false
  readonly #socket: Socket
  readonly #handleWrite: (done: (error?: Error) => void) => void

  constructor(socket: Socket, handleWrite: (done: (error?: Error) => void) => void, options = {}) {
    super({ emitClose: true, ...options })
    this.#socket = socket
    this.#handleWrite = handleWrite
    socket.on('data', (chunk) => this.push(chunk))
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (this.#hasOpened) this.#handleWrite(done)
    else this.#socket.write(chunk, () => done())
    this.#hasOpened = true
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}

/** A stream to the peer that is lost in a way of its own, and what is called to lose it. */
type Loss = [what: string, make: (socket: Socket) => Duplex, lose?: (stream: Duplex) => void]

const losses: Loss[] = [
  ['that has been ended', (socket) => socket, (stream) => stream.end()],
  ['that has been destroyed', (socket) => socket, (stream) => stream.destroy()],
  [
    'that is destroyed without an event',
    (socket) => new Wrapped(socket, () => {}, { emitClose: false }),
    (stream) => stream.destroy(),
  ],
  ['whose write fails', (socket) => new Wrapped(socket, (done) => done(new Error('full')))],
  [
    'whose write throws',
    (socket) =>
      new Wrapped(socket, () => {
        throw new Error('thrown')
      }),
  ],
]

/** An agent that connects later and by code of its own, as those of the `proxy-agent` family. */
class LateAgent extends Agent {
  createSocket(_request: object, options: object, done: (error: unknown, stream: Duplex) => void): void {
    setImmediate(() => done(null, connectSocket(options as never)))
  }
}

async function echo(url: string, options: ConnectOptions): Promise<void> {
  const ws = await connect(url, options)
  await ws.send('text')
  await ws.send(Buffer.from([1, 2, 3]))
  expect(await ws.recv()).toBe('text')
  expect(await ws.recv()).toEqual(Buffer.from([1, 2, 3]))
  await ws.close()
  expect(ws).toMatchObject({ closeCode: 1000, wasClean: true })
}

describe('connect', () => {
  test.each<[name: string, url: string, options: ConnectOptions]>([
    ['driver: socket', peer.ws, { driver: 'socket' }],
    ['driver: socket over TLS', peer.wss, { driver: 'socket', tls: { ca } }],
    ['an agent', peer.ws, { agent: new Agent() }],
    ['an agent for TLS', peer.wss, { agent: new SecureAgent({ ca }) }],
    ['an agent with a createSocket of its own', peer.ws, { agent: new LateAgent() }],
    [
      'options of OpenSSL',
      peer.wss,
      { tls: { ca, ciphers: 'DEFAULT', checkServerIdentity: () => undefined } },
    ],
    ['a stream on which TLS is laid', peer.wss, { createConnection: (o) => connectTls({ ...o, ca }) }],
    [
      'a stream that is called back with',
      peer.ws,
      {
        createConnection: (options, callback) => {
          const socket = connectSocket(options as never, () => callback(null, socket))
          return undefined
        },
      },
    ],
  ])('with %s', (_name, url, options) => echo(url, options))

  test('uses the stream that createConnection returns, with its addresses', async () => {
    const { opened, createConnection } = recording()
    const ws = await connect(peer.ws, { createConnection })
    expect(opened).toHaveLength(1)
    expect(ws.localAddress.port).toBe(opened[0]?.localPort)
    expect(ws.remoteAddress.port).toBe(Number(new URL(peer.ws).port))
    ws.terminate()
    if (opened[0]?.closed !== true) await once(opened[0] as Socket, 'close')
  })

  test('keeps back-pressure: a stalled stream makes send() wait, and counts in bufferedAmount', async () => {
    const { opened, createConnection } = recording()
    const ws = await connect(`${peer.ws}/deaf`, { createConnection, highWaterMark: 65_536 })
    let sent = 0
    while (ws.trySend(Buffer.alloc(65_536))) sent += 65_536
    expect(ws.bufferedAmount).toBeGreaterThanOrEqual(65_536)
    // What is queued is bounded: two marks and one message.
    expect(opened[0]?.writableLength).toBeLessThan(4 * 65_536)
    expect(sent).toBeGreaterThan(65_536)
    await expect(ws.send('x', { timeout: 50 })).rejects.toMatchObject({ code: 'ERR_WS_SEND_TIMEOUT' })
    ws.terminate()
  })

  test('pauses the stream while the receive queue is full', async () => {
    const { opened, createConnection } = recording()
    const ws = await connect(`${peer.ws}/source?kind=binary&size=65536&count=200`, {
      createConnection,
      receiveQueue: { bytes: 1024 * 1024 },
    })
    const socket = opened[0] as Socket
    while (!socket.isPaused()) await new Promise(setImmediate)
    const read = socket.bytesRead
    expect(read).toBeLessThan(8 * 1024 * 1024)
    for (let count = 0; count < 200; count += 1) expect((await ws.recv()).length).toBe(65_536)
    expect(socket.bytesRead).toBeGreaterThan(200 * 65_536)
    ws.terminate()
  })

  test('destroys a stalled stream at once after terminate() and after closeTimeout', async () => {
    for (const end of ['terminate', 'close'] as const) {
      const { opened, createConnection } = recording()
      const ws = await connect(`${peer.ws}/deaf`, {
        createConnection,
        highWaterMark: 65_536,
        closeTimeout: 50,
      })
      const socket = opened[0] as Socket
      while (ws.trySend(Buffer.alloc(65_536)) || socket.writableLength === 0) await new Promise(setImmediate)
      if (end === 'terminate') ws.terminate()
      else await expect(ws.close()).rejects.toMatchObject({ code: 'ERR_WS_CLOSE_TIMEOUT' })
      expect(socket.destroyed).toBe(true)
    }
  })

  test('writes no more to a stream that is destroyed', async () => {
    const { opened, createConnection } = recording()
    const ws = await connect(`${peer.ws}/deaf`, { createConnection, highWaterMark: 32 * 1024 * 1024 })
    while (ws.trySend(Buffer.alloc(1024 * 1024)));
    const { bytesSent } = ws.stats()
    opened[0]?.destroy()
    expect(await ws.closed).toMatchObject({ code: 1006 })
    expect(ws.stats().bytesSent).toBe(bytesSent)
  })

  test.each(losses)('reports as unsent what is sent on a stream %s', async (_what, make, lose) => {
    let stream: Duplex | undefined
    const createConnection: CreateConnection = (options) => {
      stream = make(connectSocket(options as never))
      return stream
    }
    const ws = await connect(`${peer.ws}/deaf`, { createConnection })
    lose?.(stream as Duplex)
    await ws.send('lost').catch(() => {})
    await expect(ws.flush()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
    expect(await ws.closed).toMatchObject({ code: 1006 })

    const socket = new WsSocket(`${peer.ws}/deaf`, { createConnection: createConnection as never })
    await once(socket, 'open')
    lose?.(stream as Duplex)
    expect(await new Promise((resolve) => socket.send('lost', resolve))).toBeInstanceOf(Error)
    if (socket.readyState !== WsSocket.CLOSED) await once(socket, 'close')
  })

  test('lets a stream end its side, which may take it time, before it is destroyed', async () => {
    const steps: string[] = []
    class Ending extends Wrapped {
      override _final(done: () => void): void {
        setTimeout(() => {
          steps.push('ended')
          done()
        }, 100)
      }

      override _destroy(error: Error | null, done: (error: Error | null) => void): void {
        steps.push('destroyed')
        super._destroy(error, done)
      }
    }
    let stream: Duplex | undefined
    const createConnection: CreateConnection = (options) => {
      const socket = connectSocket(options as never)
      stream = new Ending(socket, (done) => done())
      socket.on('end', () => stream?.push(null))
      return stream
    }
    const url = `${peer.ws}/source?count=1&size=2000`
    const ws = await connect(url, { createConnection, maxMessageSize: 1000 })
    await expect(ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_MESSAGE_TOO_BIG' })
    // The close frame is not passed on: the peer does not answer, and its end comes while the stream ends its side.
    stream?.push(null)
    if (stream?.closed !== true) await once(stream as Duplex, 'close')
    expect(steps).toEqual(['ended', 'destroyed'])
  })

  test('counts the bytes that a stream of objects has not written', async () => {
    const createConnection: CreateConnection = (options) =>
      new Wrapped(connectSocket(options as never), () => {}, { writableObjectMode: true })
    const ws = await connect(`${peer.ws}/deaf`, { createConnection, highWaterMark: 65_536 })
    let sent = 0
    while (ws.trySend(Buffer.alloc(16_384)) && sent < 100) sent += 1
    expect(sent).toBeLessThan(100)
    expect(ws.bufferedAmount).toBeGreaterThanOrEqual(65_536)
    ws.terminate()
  })

  test('gives createConnection the lookup of its options', async () => {
    const lookup: LookupFunction = (_host, _options, done) =>
      done(null, [{ address: '127.0.0.1', family: 4 }])
    const url = peer.ws.replace(/\/\/[^:]+/, '//name.test')
    await echo(url, {
      lookup,
      createConnection: (options) => connectSocket({ autoSelectFamily: true, ...options } as never),
    })
  })

  test('reports an error of the stream with its code and the error itself', async () => {
    const { opened, createConnection } = recording()
    const ws = await connect(peer.ws, { createConnection })
    const pending = ws.recv()
    opened[0]?.destroy(Object.assign(new Error('cable cut'), { code: 'ENETDOWN' }))
    await expect(pending).rejects.toMatchObject({ code: 'ERR_WS_CLOSED', cause: { code: 'ENETDOWN' } })
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no stream')
      },
    ],
    [
      'calls back with an error',
      (_: object, callback: (error: Error) => void) => callback(new Error('no stream')),
    ],
    [
      'returns a stream that has failed',
      () => new Duplex({ read() {} }).on('error', () => {}).destroy(new Error('no stream')),
    ],
  ] as [string, CreateConnection][])(
    'fails with the cause if createConnection %s',
    async (_name, createConnection) => {
      const failing = connect(peer.ws, { createConnection })
      await expect(failing).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_WS_(CONNECT|HANDSHAKE_LOST)$/),
        cause: { message: 'no stream' },
      })
    },
  )

  test.each<[what: string, value: unknown]>([
    ['an object of class Promise', Promise.resolve()],
    ['an object of class Object', {}],
    ['a string', 'stream'],
  ])('fails if createConnection returns %s', async (what, value) => {
    const failing = connect(peer.ws, { createConnection: () => value as Duplex })
    const message = `expected a Duplex of createConnection, not ${what}`
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_CONNECT', cause: { message } })
  })

  test('destroys a stream that is still connecting when the time is over', async () => {
    const stream = Object.assign(new Duplex({ read() {} }), { connecting: true })
    const late = connect(peer.ws, { createConnection: () => stream, connectTimeout: 30 })
    await expect(late).rejects.toMatchObject({ code: 'ERR_WS_CONNECT_TIMEOUT', phase: 'dial' })
    expect(stream.destroyed).toBe(true)
  })

  test('fails with ERR_WS_TLS if checkServerIdentity returns an error', async () => {
    const checkServerIdentity = () => new Error('someone else')
    const failing = connect(peer.wss, { tls: { ca, checkServerIdentity } })
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_TLS', cause: { message: 'someone else' } })
  })

  test('rejects options that OpenSSL does not take', async () => {
    const failing = connect(peer.wss, { tls: { ca, ciphers: 'NONE-OF-THEM' } })
    await expect(failing).rejects.toMatchObject({ name: 'TypeError', code: 'ERR_WS_INVALID_OPTION' })
  })

  test('destroys a stream that is not connected when the time is over or the signal is aborted', async () => {
    const streams: Duplex[] = []
    const createConnection = () => {
      // Never answers.
      const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
      streams.push(stream)
      return stream
    }
    const late = connect(peer.ws, { createConnection, connectTimeout: 30 })
    await expect(late).rejects.toMatchObject({ code: 'ERR_WS_CONNECT_TIMEOUT', phase: 'upgrade' })
    const signal = AbortSignal.timeout(30)
    await expect(connect(peer.ws, { createConnection, signal })).rejects.toMatchObject({ name: 'AbortError' })
    for (const stream of streams) if (!stream.closed) await once(stream, 'close')
    expect(streams).toHaveLength(2)
  })

  test('destroys its socket if it is aborted within the TLS handshake', async () => {
    const server = createTcpServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const aborter = new AbortController()
    const failing = connect(`wss://127.0.0.1:${port}`, { driver: 'socket', signal: aborter.signal })
    const [socket] = (await once(server, 'connection')) as [Socket]
    // The client has sent its ClientHello.
    await once(socket, 'data')
    aborter.abort()
    await expect(failing).rejects.toMatchObject({ name: 'AbortError' })
    socket.resume().on('error', () => {})
    if (!socket.closed) await once(socket, 'close')
  })

  test('follows redirects, with a stream for each', async () => {
    const server = createServer((_, response) => response.writeHead(302, { location: peer.ws }).end())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { opened, createConnection } = recording()
    const { port } = server.address() as AddressInfo
    await echo(`ws://127.0.0.1:${port}`, { createConnection, followRedirects: true })
    expect(opened).toHaveLength(2)
  })

  test.each<[option: string, options: ConnectOptions]>([
    ['driver', { driver: 'socket' }],
    ['createConnection', { createConnection: () => undefined }],
    ['agent', { agent: new Agent() }],
    ['tls.pfx', { tls: { pfx: Buffer.alloc(0) } }],
  ])('the blocking API refuses %s by name', (option, options) => {
    expect(() => connectSync(peer.ws, options)).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        code: 'ERR_WS_UNSUPPORTED_OPTION',
        message: expect.stringContaining(`option ${option} `),
      }),
    )
  })
})

describe('the ws API', () => {
  test.each<[name: string, url: string, options: object]>([
    ['agent', peer.ws, { agent: new Agent() }],
    ['agent for TLS', peer.wss, { agent: new SecureAgent({ ca }) }],
    ['createConnection', peer.ws, { createConnection: recording().createConnection }],
    ['ciphers', peer.wss, { ca, ciphers: 'DEFAULT' }],
    ['checkServerIdentity', peer.wss, { ca, checkServerIdentity: () => undefined }],
    [
      'finishRequest',
      peer.ws,
      {
        finishRequest: (request: { setHeader(name: string, value: string): void; end(): void }) => {
          request.setHeader('x-more', '1')
          request.end()
        },
      },
    ],
  ])('opens with %s', async (_name, url, options) => {
    const ws = new WsSocket(url, options)
    await once(ws, 'open')
    ws.send('text')
    const [message] = await once(ws, 'message')
    expect(String(message)).toBe('text')
    ws.close(1000)
    expect((await once(ws, 'close'))[0]).toBe(1000)
  })

  test('delivers what came with the response', async () => {
    const ws = new WsSocket(`${peer.ws}/source?kind=text&size=3&count=2`, { agent: new Agent() })
    // The end may come with the messages.
    const closed = once(ws, 'close')
    const received: string[] = []
    ws.on('message', (data) => received.push(String(data)))
    await closed
    expect(received).toHaveLength(2)
  })

  test('checks the response as of native sockets', async () => {
    const server = createServer()
    server.on('upgrade', (_, socket) => {
      socket.end(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n',
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const ws = new WsSocket(`ws://127.0.0.1:${port}`, { agent: new Agent() })
    const [error] = await once(ws, 'error')
    expect(error.message).toBe('Invalid Sec-WebSocket-Accept header')
  })
})
