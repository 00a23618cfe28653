// Uses the global WebSocket: an echo, its events, and an option that is not served.

import { once } from 'node:events'
import { WebSocketServer } from 'ws'

const server = new WebSocketServer({ port: 0 })
await once(server, 'listening')
server.on('connection', (socket) => socket.on('message', (data) => socket.send(`${data}`)))
const url = `ws://127.0.0.1:${server.address().port}`
await fetch('http://127.0.0.1:1').catch(() => {})

async function echo(init) {
  const ws = new WebSocket(url, init)
  ws.onopen = () => ws.send('echo')
  const message = await new Promise((resolve) => {
    ws.onmessage = resolve
  })
  console.log(
    message.data,
    message instanceof MessageEvent,
    ws instanceof WebSocket,
    ws.constructor === WebSocket,
  )
  ws.close()
  const close = await new Promise((resolve) => {
    ws.onclose = resolve
  })
  const isEvent = typeof CloseEvent === 'undefined' || close instanceof CloseEvent
  console.log(close.code, isEvent, ws.readyState === WebSocket.CLOSED)
}

await echo([])
const symbol = [2, 1]
  .map((version) => Symbol.for(`undici.globalDispatcher.${version}`))
  .find((key) => key in globalThis)
if (process.env.HAS_GLOBAL === 'true') await echo({ dispatcher: globalThis[symbol] })
server.close()
