// isomorphic-ws, which is ws under Node: handlers as attributes, and a subclass.

const WebSocket = require('isomorphic-ws')

class Client extends WebSocket {
  sendJSON(value) {
    this.send(JSON.stringify(value))
  }
}

const server = new WebSocket.Server({ port: 0 }, () => {
  const client = new Client(`ws://127.0.0.1:${server.address().port}`, ['a', 'b'])
  client.onopen = () => client.sendJSON({ hello: 1 })
  client.onmessage = ({ data, target }) => {
    console.log(data, client.protocol, target instanceof WebSocket)
    client.close(4000, 'done')
  }
  client.onclose = ({ code, reason, wasClean }) => {
    console.log(code, reason, wasClean)
    server.close()
  }
})
server.on('connection', (socket) => socket.on('message', (data) => socket.send(`${data}`)))
