/**
 * The servers that the examples connect to, each under its path. Run it, then run an example with its URL:
 *
 *     node build/examples/server.mjs 8080
 *     node build/examples/market-data.mjs ws://localhost:8080/market
 */

import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'

type Serve = (ws: WebSocket, url: URL) => void

const SYMBOLS = ['BTC-USD', 'ETH-USD', 'SOL-USD']
const TICK = 5

/** Sends price updates until the client leaves; drops the connection after `?drop=` updates. */
const market: Serve = (ws, url) => {
  const drop = Number(url.searchParams.get('drop') ?? Number.POSITIVE_INFINITY)
  let sequence = 0
  const timer = setInterval(() => {
    for (const symbol of SYMBOLS) {
      const bid = 100 + Math.random()
      ws.send(JSON.stringify({ symbol, sequence: sequence++, bid, ask: bid + 0.01 }))
    }
    if (sequence > drop) ws.terminate()
  }, TICK)
  ws.on('close', () => clearInterval(timer))
}

/** Answers JSON-RPC 2.0 requests: `add` sums its parameters. */
const rpc: Serve = (ws) => {
  ws.on('message', (data: RawData) => {
    const { id, method, params } = JSON.parse(String(data)) as { id: number; method: string; params: number[] }
    const answer =
      method === 'add'
        ? { result: params.reduce((sum, each) => sum + each, 0) }
        : { error: { code: -32601, message: `Method ${method} not found` } }
    ws.send(JSON.stringify({ jsonrpc: '2.0', id, ...answer }))
  })
}

/** Sends numbered events; a client that comes back with `?after=N` gets those it has not had. Ends every 20 events. */
const chat: Serve = (ws, url) => {
  const total = 100
  let next = Number(url.searchParams.get('after') ?? -1) + 1
  const timer = setInterval(() => {
    ws.send(JSON.stringify({ id: next, text: `message ${next}` }))
    next += 1
    if (next === total) ws.close(1000, 'no more events')
    else if (next % 20 === 0) ws.close(1012, 'restarting')
  }, 1)
  ws.on('close', () => clearInterval(timer))
}

/** Sends a reading of one sensor every 100 ms. */
const sensor: Serve = (ws, url) => {
  const timer = setInterval(() => ws.send(`${url.searchParams.get('id')} ${Math.random()}`), 100)
  ws.on('close', () => clearInterval(timer))
}

/** Upper-cases every line. */
const shell: Serve = (ws) => {
  ws.on('message', (data: RawData) => ws.send(String(data).toUpperCase()))
}

/** Takes binary messages and answers the text `end` with their number of bytes and their SHA-256. */
const upload: Serve = (ws) => {
  const hash = createHash('sha256')
  let bytes = 0
  ws.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) {
      hash.update(data)
      bytes += data.length
    } else ws.send(JSON.stringify({ bytes, sha256: hash.digest('hex') }))
  })
}

const servers: Record<string, Serve> = {
  '/market': market,
  '/rpc': rpc,
  '/chat': chat,
  '/sensor': sensor,
  '/shell': shell,
  '/upload': upload,
}

const http = createServer()
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false })
sockets.on('connection', (ws: WebSocket, request: IncomingMessage) => {
  const url = new URL(request.url ?? '/', 'ws://localhost')
  const serve = servers[url.pathname]
  if (serve === undefined) ws.close(1008, 'no such path')
  else serve(ws, url)
})
http.listen(Number(process.argv[2] ?? 0), 'localhost', () => {
  console.log(`ws://localhost:${(http.address() as AddressInfo).port}`)
})
// A test ends its server by closing standard input.
process.stdin.on('end', () => process.exit()).resume()
