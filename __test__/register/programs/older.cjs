// Sends by copies of ws before version 8, whose messages are strings for texts.

const { once } = require('node:events')

async function main() {
  for (const name of ['ws-3', 'ws-7']) {
    const WebSocket = require(name)
    const server = new WebSocket.Server({ port: 0 })
    server.on('connection', (socket) =>
      socket.on('message', (text) => {
        console.log(name, typeof text)
        socket.close()
      }),
    )
    await once(server, 'listening')
    const ws = new WebSocket(`ws://127.0.0.1:${server._server.address().port}`)
    ws.on('open', () => ws.send('text'))
    await once(ws, 'close')
    server.close()
  }
}

main()
