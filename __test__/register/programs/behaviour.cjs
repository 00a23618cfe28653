// Prints what a program sees of the replaced class: subclasses, sockets of a server, and agents.

const { Agent } = require('node:http')
const { once } = require('node:events')
const WebSocket = require('ws')

/** An agent of the program's own, whose sockets are used. */
class OwnAgent extends Agent {}

class Client extends WebSocket {
  sent = 0
  send(...values) {
    this.sent += 1
    super.send(...values)
  }
  get url() {
    return super.url.replace(/\d+/g, 'N')
  }
}

WebSocket.prototype.shout = function (text) {
  this.send(text.toUpperCase())
}

const server = new WebSocket.Server({ port: 0 }, async () => {
  const url = `ws://127.0.0.1:${server.address().port}`
  for (const options of [{ agent: new Agent() }, { agent: new OwnAgent() }]) {
    const connected = once(server, 'connection')
    const ws = new Client(url, options)
    console.log(ws instanceof Client, ws instanceof WebSocket, ws.constructor === Client, 'then' in ws)
    console.log(ws.url, ws._socket === null, Object.getPrototypeOf(WebSocket).name)
    const [[socket]] = await Promise.all([connected, once(ws, 'open')])
    console.log(socket instanceof WebSocket, socket.constructor === WebSocket, socket.readyState)
    socket.on('message', (data) => socket.shout(String(data)))
    ws.shout('hi')
    const [data] = await once(ws, 'message')
    console.log(String(data), ws.sent, ws.readyState)
    ws.close()
    await once(ws, 'close')
  }
  server.close()
})
