// A program of `ws`: sends a message as a client, starts a server, and prints what comes back, and the error of the
// server. Last argument: the URL of an echo server.
import { once } from 'node:events'
import WebSocket, { WebSocketServer } from 'ws'

function serve() {
  try {
    new WebSocketServer({ port: 0 }).close()
    return 'served'
  } catch ({ code, message }) {
    return `${code}: ${message}`
  }
}

async function main() {
  const ws = new WebSocket(process.argv.at(-1))
  await once(ws, 'open')
  ws.send('aliased')
  const [data] = await once(ws, 'message')
  ws.close()
  console.log(JSON.stringify([data.toString(), serve()]))
}

void main()
