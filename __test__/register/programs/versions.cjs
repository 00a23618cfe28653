// Uses a copy of ws, which the argument names, in many ways.

const { once } = require('node:events')
const WebSocket = require(process.argv[2])

const BYTES = 1_000_000
const server = new WebSocket.Server({ port: 0, handleProtocols: (offered) => [...offered][0] })
server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  socket.on('pong', (data) => console.log('server: pong', `${data}`))
})

const describe = (socket) => [
  socket instanceof WebSocket,
  socket.constructor === WebSocket,
  Object.prototype.toString.call(socket),
]

async function exchange(url) {
  const ws = new WebSocket(url, ['a', 'b'], { perMessageDeflate: false, headers: { 'x-a': 'b' } })
  console.log(describe(ws), ws.readyState, ws.url === url)
  ws.on('pong', (data) => console.log('pong', `${data}`))
  const [[socket]] = await Promise.all([once(server, 'connection'), once(ws, 'open')])
  console.log(describe(socket), ws.protocol, ws.extensions, ws._socket.remotePort > 0)
  ws.ping('p')
  await once(ws, 'pong')
  ws.send('text')
  ws.once('message', (text) => {
    console.log(text)
    ws.send(Buffer.from('binary'))
    ws.once('message', (data, isBinary) => ws.emit('both', data, isBinary))
  })
  console.log(await once(ws, 'both'))
  ws.binaryType = 'arraybuffer'
  ws.onmessage = ({ data, target }) => {
    console.log(data, target === ws)
    ws.close(4001, 'enough')
  }
  ws.send(new Uint8Array([1]))
  const [code, reason] = await once(ws, 'close')
  console.log(code, `${reason}`, ws.readyState, ws._closeCode)
}

async function stream(url) {
  const duplex = WebSocket.createWebSocketStream(new WebSocket(url))
  for (let at = 0; at < 4; at += 1) duplex.write(Buffer.alloc(BYTES, at))
  let received = 0
  for await (const chunk of duplex) {
    received += chunk.length
    await new Promise(setImmediate)
    if (received === 4 * BYTES) duplex.end()
  }
  console.log(received)
}

async function main() {
  const url = `ws://127.0.0.1:${server.address().port}/`
  await exchange(url)
  await stream(url)
  const [error] = await once(new WebSocket('ws://127.0.0.1:1'), 'error').catch((reason) => [reason])
  console.log(error.code)
  server.close()
}

server.on('listening', main)
