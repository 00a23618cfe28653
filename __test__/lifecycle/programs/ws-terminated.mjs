// A program with the `ws` API that terminates its connection and has nothing else to do. Arguments: the module, when to
// terminate, and `socket` for a socket of Node. Prints what it sees, and whether it has ended at once.

import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { connect } from 'node:net'

const [, , module, when, driver] = process.argv
const { WebSocket } = await import(module)

const accept = (key) =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

/** Writes two messages and a close frame at once. */
function closeAfterMessages(socket) {
  socket.write(Buffer.from('8101618101628802' + '03e8', 'hex'))
}

/** What the peer does when it has been written to. */
const peers = {
  beforeCloseFrame: closeAfterMessages,
  beforePause: closeAfterMessages,
  // Nothing, and it does not read either.
  unsent: (socket) => socket.pause(),
}

const server = createServer()
server.on('upgrade', ({ headers }, socket) => {
  socket.on('error', () => {})
  socket.unref()
  socket.once('data', () => peers[when](socket))
  const key = accept(headers['sec-websocket-key'])
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`,
  )
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
server.unref()

const options = driver === 'socket' ? { createConnection: connect } : {}
const ws = new WebSocket(`ws://127.0.0.1:${server.address().port}`, options)
ws.on('open', () => {
  ws.send('begin')
  if (when !== 'unsent') return
  for (let count = 0; count < 32; count += 1) ws.send(Buffer.alloc(1024 * 1024))
  setTimeout(() => ws.terminate(), 100)
})
ws.once('message', () => {
  ws.terminate()
  if (when === 'beforePause') ws.pause()
})
let closedAt
ws.on('close', () => {
  closedAt = performance.now()
  console.log('close', ws._socket.destroyed)
})
process.on('exit', () => console.log(performance.now() - closedAt < 500 ? 'at once' : 'late'))
