// A WebSocket server that sends pings as fast as the client reads them, and reads the pongs. Prints its port.

import { WebSocketServer } from 'ws'

const PINGS = Buffer.from('8900'.repeat(2000), 'hex')
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
server.on('listening', () => console.log(server.address().port))
server.on('connection', (ws) => {
  const socket = ws._socket
  const send = () => {
    while (!socket.destroyed && socket.write(PINGS));
    socket.once('drain', send)
  }
  socket.removeAllListeners('data')
  socket.on('data', () => {}).on('error', () => {})
  send()
})
