/** The servers that the snippets connect to, in place of those at ws://localhost:8080 and wss://localhost:8443. */

import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'

/** Sends each message back, and `done` after `hello`. */
function echo(ws: WebSocket): void {
  ws.on('message', (data: RawData, isBinary: boolean) => {
    ws.send(data, { binary: isBinary })
    if (String(data) === 'hello') ws.send('done')
  })
}

/** Sends three updates after the one that `?after=` names when it is asked, and closes. */
function feed(ws: WebSocket, parameters: URLSearchParams): void {
  const after = Number(parameters.get('after') ?? 0)
  ws.once('message', () => {
    for (const id of [1, 2, 3]) ws.send(JSON.stringify({ id: after + id, price: 100 + id }))
    ws.close(1000, 'no more updates')
  })
}

const plain = new WebSocketServer({ noServer: true })
const compressing = new WebSocketServer({ noServer: true, perMessageDeflate: true })

function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'ws://localhost')
  const sockets = pathname === '/deflate' ? compressing : plain
  sockets.handleUpgrade(request, socket, head, (ws) => {
    if (pathname === '/feed') feed(ws, searchParams)
    else if (pathname === '/sink') ws.on('message', () => {})
    else echo(ws)
  })
}

/** Opens the tunnel that a CONNECT request asks for. */
function tunnel(request: IncomingMessage, socket: Duplex): void {
  const { hostname, port } = new URL(`http://${request.url}`)
  const target = connectTcp(Number(port), hostname, () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    socket.pipe(target).pipe(socket)
  })
  for (const side of [socket, target]) side.on('error', () => {})
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  server.unref()
  return (server.address() as AddressInfo).port
}

/** The addresses of running servers. */
export interface Servers {
  ws: string
  wss: string
  proxy: string
}

/**
 * Starts the servers.
 *
 * @param certificates the folder with the certificate of the server
 */
export async function startServers(certificates: string): Promise<Servers> {
  const [cert, key] = ['server.pem', 'server.key'].map((name) => readFileSync(join(certificates, name)))
  const [open, secure] = [createServer(), createSecureServer({ cert, key })]
  for (const server of [open, secure]) server.on('upgrade', upgrade)
  return {
    ws: `ws://localhost:${await listen(open)}`,
    wss: `wss://localhost:${await listen(secure)}`,
    proxy: `http://localhost:${await listen(createServer().on('connect', tunnel))}`,
  }
}
