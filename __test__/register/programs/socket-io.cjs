// socket.io: a call with an acknowledgement, and binary data.

const { createServer } = require('node:http')
const { Server } = require('socket.io')
const { io } = require('socket.io-client')

const http = createServer()
const server = new Server(http)
server.on('connection', (socket) => {
  socket.on('sum', (a, b, reply) => reply(a + b))
  socket.on('bytes', (bytes, reply) => reply(Buffer.from(bytes).reverse()))
})
http.listen(0, async () => {
  const socket = io(`http://127.0.0.1:${http.address().port}`, { transports: ['websocket'] })
  console.log(await socket.emitWithAck('sum', 2, 3))
  console.log(await socket.emitWithAck('bytes', Buffer.from([1, 2, 3])))
  socket.on('disconnect', (reason) => {
    console.log(reason)
    server.close()
  })
  socket.disconnect()
})
