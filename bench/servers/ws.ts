/** An echo server with the npm package ws. Prints its URL and ends when its standard input ends. */

import type { AddressInfo } from 'node:net'
import type { WebSocketServer as Server } from 'ws'
import { rival } from '../clients/locate.js'

const { WebSocketServer } = rival<{ WebSocketServer: typeof Server }>('ws')

// Accepts permessage-deflate from clients that offer it.
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: true, maxPayload: 0 })
server.on('connection', (socket) => {
  socket.on('message', (data, binary) => socket.send(data, { binary }))
})
server.on('listening', () => {
  const { port } = server.address() as AddressInfo
  console.log(JSON.stringify({ ws: `ws://127.0.0.1:${port}` }))
})
process.stdin.on('end', () => process.exit()).resume()
