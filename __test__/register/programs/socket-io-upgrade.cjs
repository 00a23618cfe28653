// socket.io: begins with HTTP requests and changes to a WebSocket, with compression.

const { createServer } = require('node:http')
const { Server } = require('socket.io')
const { io } = require('socket.io-client')

const http = createServer()
const server = new Server(http, { perMessageDeflate: true })
server.on('connection', (socket) => {
  socket.on('echo', (value, reply) => reply(value))
  socket.on('repeat', (text, count, reply) => reply(text.repeat(count)))
})
http.listen(0, () => {
  const socket = io(`http://127.0.0.1:${http.address().port}`, { auth: { token: 'a' } })
  socket.io.engine.on('upgrade', async ({ name }) => {
    console.log(name, await socket.emitWithAck('echo', { at: [1, Buffer.from('b')] }))
    console.log((await socket.emitWithAck('repeat', 'text', 50_000)).length)
    server.disconnectSockets(true)
  })
  socket.on('disconnect', (reason) => {
    console.log(reason)
    socket.close()
    server.close()
  })
})
