// A WebSocket server that reads slowly, a chunk at a time, and answers pings when it reads them.
// Arguments: milliseconds between chunks, number of pings to send with each chunk. Prints its port, then for each
// connection the number of messages and the close code.

import { WebSocketServer } from 'ws'

const [interval, pings] = process.argv.slice(2).map(Number)
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
server.on('listening', () => console.log(server.address().port))
server.on('connection', (ws) => {
  let messages = 0
  const socket = ws._socket
  socket.pause()
  socket.on('data', () => socket.pause())
  const timer = setInterval(() => {
    socket.resume()
    if (ws.readyState === 1) for (let sent = 0; sent < pings; sent++) ws.ping(Buffer.alloc(125))
  }, interval)
  ws.on('message', () => {
    messages += 1
  })
  ws.on('error', () => {})
  ws.on('close', (code) => {
    clearInterval(timer)
    console.log(`${messages} messages, ${code}`)
  })
})
