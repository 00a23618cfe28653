/**
 * The servers of all examples, one for each path.
 *
 *     node build/examples/server.mjs [port]
 */

import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'

type Serve = (ws: WebSocket, parameters: URLSearchParams) => void

/** Runs `task` every `interval` ms until the connection ends. */
function repeat(ws: WebSocket, interval: number, task: () => void): void {
  const timer = setInterval(() => {
    if (ws.readyState === ws.OPEN) task()
  }, interval)
  ws.on('close', () => clearInterval(timer))
}

/** Returns a number of the query, or infinity without it. */
function limit(parameters: URLSearchParams, name: string): number {
  return Number(parameters.get(name) ?? Number.POSITIVE_INFINITY)
}

const SYMBOLS = ['BTC-USD', 'ETH-USD', 'SOL-USD']

/** Sends prices. `?drop=` drops the connection after so many. */
const market: Serve = (ws, parameters) => {
  const drop = limit(parameters, 'drop')
  let sent = 0
  repeat(ws, 5, () => {
    for (const symbol of SYMBOLS) {
      const bid = 100 + Math.random()
      ws.send(JSON.stringify({ symbol, bid, ask: bid + 0.01 }))
    }
    sent += SYMBOLS.length
    if (sent >= drop) ws.terminate()
  })
}

/**
 * Responds to JSON-RPC 2.0 requests: `add` sums its parameters. Drops the connection after `?drop=` responses, or closes it
 * after `?close=` of them.
 */
const rpc: Serve = (ws, parameters) => {
  const [drop, close] = [limit(parameters, 'drop'), limit(parameters, 'close')]
  let sent = 0
  ws.on('message', (data: RawData) => {
    const { id, method, params } = JSON.parse(String(data)) as {
      id: number
      method: string
      params: number[]
    }
    const outcome =
      method === 'add'
        ? { result: params.reduce((sum, each) => sum + each, 0) }
        : { error: { code: -32601, message: `Method ${method} not found` } }
    ws.send(JSON.stringify({ jsonrpc: '2.0', id, ...outcome }))
    sent += 1
    if (sent >= drop) ws.terminate()
    else if (sent >= close) ws.close(1000)
  })
}

const EVENTS = 100

/**
 * Sends numbered events, those after `?after=` to a client that resumes. Ends the connection every 20 events: by turns with
 * a close code and without.
 */
const chat: Serve = (ws, parameters) => {
  let next = Number(parameters.get('after') ?? -1) + 1
  repeat(ws, 1, () => {
    ws.send(JSON.stringify({ id: next, text: `message ${next}` }))
    next += 1
    if (next === EVENTS) ws.close(1000, 'no more events')
    else if (next % 40 === 0) ws.terminate()
    else if (next % 20 === 0) ws.close(1012, 'restarting')
  })
}

/** Sends a reading of the sensor `?id=` every 100 ms. Closes after `?readings=` of them, or drops after `?drop=`. */
const sensor: Serve = (ws, parameters) => {
  const drop = limit(parameters, 'drop')
  const readings = limit(parameters, 'readings')
  let sent = 0
  repeat(ws, 100, () => {
    ws.send(JSON.stringify({ sensor: Number(parameters.get('id')), celsius: 20 + Math.random() }))
    sent += 1
    if (sent >= drop) ws.terminate()
    else if (sent >= readings) ws.close(1001, 'no more readings')
  })
}

/** Replies to each line in upper case. */
const shell: Serve = (ws) => {
  ws.on('message', (data: RawData) => ws.send(String(data).toUpperCase()))
}

/**
 * Takes binary messages. Replies to a text with their number of bytes and their SHA-256. `?stall=` stops reading for so many
 * ms after the first message.
 */
const upload: Serve = (ws, parameters) => {
  const hash = createHash('sha256')
  let bytes = 0
  ws.once('message', () => {
    ws.pause()
    setTimeout(() => ws.resume(), Number(parameters.get('stall') ?? 0))
  })
  ws.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) {
      hash.update(data)
      bytes += data.length
    } else ws.send(JSON.stringify({ bytes, sha256: hash.digest('hex') }))
  })
}

/** Sends each message back. */
const mirror: Serve = (ws) => {
  ws.on('message', (data: RawData, isBinary: boolean) => ws.send(data, { binary: isBinary }))
}

const servers = new Map<string, Serve>(Object.entries({ market, rpc, chat, sensor, shell, upload, mirror }))

const http = createServer()
const plain = new WebSocketServer({ noServer: true })
const compressing = new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 0 } })
http.on('upgrade', (request, socket, head) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'ws://localhost')
  // A path that begins with `compressed-` is that of a server, with permessage-deflate.
  const [, prefix, name = ''] = /^\/(compressed-)?(.*)/.exec(pathname) ?? []
  const sockets = prefix === undefined ? plain : compressing
  sockets.handleUpgrade(request, socket, head, (ws) => {
    const serve = servers.get(name)
    if (serve === undefined) ws.close(1008, `there is no ${pathname}`)
    else serve(ws, searchParams)
  })
})
http.listen(Number(process.argv[2] ?? 8080), 'localhost', () => {
  console.log(`ws://localhost:${(http.address() as AddressInfo).port}`)
})
