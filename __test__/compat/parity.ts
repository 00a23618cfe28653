// Runs one body on `ws` and on `websocket-rs/ws` and compares what each has seen, in order. A file of tests calls
// `startServer` first.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import Ours from 'websocket-rs/ws'
import Theirs, { type ClientOptions, WebSocketServer } from 'ws'

export type Class = typeof Theirs
export type Client = InstanceType<Class>
export type Log = (...seen: unknown[]) => void
export type Scenario = (WebSocket: Class, url: string, log: Log) => Promise<void>

export const classes = [Theirs, Ours as unknown as Class]

let http: Server
let url: string
/** What the server does with the sockets of a path, instead of answering. */
export const onRaw = new Map<string, (socket: Socket, key: string) => void>()
/** The requests that the server has got in a run. */
export const requests: IncomingMessage[] = []

const accept = (key: string) =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

/** Returns a response that opens a connection. */
export const switching = (key: string, more = '') =>
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept(key)}\r\n${more}\r\n`

/** What the server does for some messages; it sends back all others. */
const ORDERS: Record<string, (ws: Client) => void> = {
  'close 4000': (ws) => ws.close(4000, 'bye'),
  terminate: (ws) => ws.terminate(),
  ping: (ws) => ws.ping('p'),
  three: (ws) => ['1', '2', '3'].map((text) => ws.send(text)),
}

/** Has a server for the tests of a file, which echoes messages and obeys {@link ORDERS}. */
export function startServer(): void {
  beforeAll(async () => {
    http = createServer()
    const echo = new WebSocketServer({ noServer: true, perMessageDeflate: false })
    echo.on('connection', (ws) => {
      ws.on('error', () => {})
      ws.on('message', (data, isBinary) => {
        const act = ORDERS[String(data)]
        if (act === undefined) ws.send(data, { binary: isBinary })
        else act(ws)
      })
    })
    http.on('upgrade', (request, socket, head) => {
      requests.push(request)
      const raw = onRaw.get(new URL(request.url ?? '', 'ws://x').pathname)
      socket.on('error', () => {})
      if (raw !== undefined) raw(socket as Socket, request.headers['sec-websocket-key'] ?? '')
      else echo.handleUpgrade(request, socket, head, (ws) => echo.emit('connection', ws, request))
    })
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`
  })

  afterAll(() => {
    http.closeAllConnections()
    http.close()
  })
}

/** Returns the address of the server. */
export const serverUrl = () => url

/** What an error says, without what differs between runs. */
export function shown(error: unknown): unknown {
  const { name, message, code, errno, syscall } = error as NodeJS.ErrnoException
  return { name, message, code, errno, syscall }
}

/** Logs all events of a client. */
export function watch(ws: Client, log: Log): Client {
  ws.on('open', () => log('open', ws.readyState))
  ws.on('message', (data, isBinary) => log('message', data, isBinary, ws.readyState))
  ws.on('ping', (data) => log('ping', data))
  ws.on('pong', (data) => log('pong', data))
  ws.on('error', (error) => log('error', shown(error), ws.readyState))
  ws.on('close', (code, reason) => log('close', code, reason, ws.readyState))
  ws.on('upgrade', (response) => log('upgrade', response.statusCode, response.headers.upgrade, ws.readyState))
  return ws
}

async function run(WebSocket: Class, scenario: Scenario): Promise<unknown[]> {
  const seen: unknown[] = []
  requests.length = 0
  await scenario(WebSocket, url, (...each) => void seen.push(each))
  return seen
}

/** Logs what a call returns or throws. */
export function attempt(log: Log, call: () => unknown): void {
  try {
    log('returns', call())
  } catch (error) {
    log('throws', shown(error))
  }
}

/** Compares what both classes see. */
export function same(title: string, scenario: Scenario): void {
  test(title, async () => {
    // One after the other, since some replace handlers of the process.
    const theirs = await run(Theirs, scenario)
    const ours = await run(Ours as unknown as Class, scenario)
    expect(theirs).not.toEqual([])
    expect(ours).toEqual(theirs)
  })
}

export const closed = (ws: Client) => new Promise((resolve) => ws.on('close', () => setImmediate(resolve)))
export const open = (WebSocket: Class, address: string, log: Log, options: ClientOptions = {}) =>
  watch(new WebSocket(address, { perMessageDeflate: false, ...options }), log)
