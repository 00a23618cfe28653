// A program whose connection is carried by a socket of Node, and that waits for nothing but large compressed messages.

import { connect } from 'node:net'
import { WebSocket, WebSocketServer } from 'websocket-rs/ws'

const LENGTH = 1024 * 1024
const COUNT = 50

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: true })
await new Promise((resolve) => server.on('listening', resolve))
server.on('connection', (peer, { socket }) => {
  socket.unref()
  for (let count = 0; count < COUNT; count += 1) peer.send(Buffer.alloc(LENGTH, count))
})
server._server.unref()

const ws = new WebSocket(`ws://127.0.0.1:${server.address().port}`, { createConnection: connect })
ws.on('open', () => {
  // Until the peer has compressed all of them.
  ws.pause()
  setTimeout(() => ws.resume(), 500)
})
let received = 0
ws.on('message', () => {
  received += 1
  if (received === COUNT) ws.terminate()
})
process.on('exit', () => console.log(received))
