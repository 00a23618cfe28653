// reconnecting-websocket: what was sent before the connection is open leaves when it is.

import ReconnectingWebSocket from 'reconnecting-websocket'
import WebSocket from 'ws'
import { serve } from './scripted-server.mjs'

let connections = 0
const server = await serve((socket) => {
  connections += 1
  if (connections === 1) socket.close(4001, 'again')
  else socket.on('message', (data) => socket.send(`${data}`))
})
const Class = ReconnectingWebSocket.default ?? ReconnectingWebSocket
const ws = new Class(server.url, [], { WebSocket, minReconnectionDelay: 10, minUptime: 1 })
ws.addEventListener('open', () => {
  if (connections === 2) ws.send('now')
})
ws.addEventListener('close', ({ code, reason }) => {
  console.log(code, reason)
  if (connections === 2) server.close()
})
ws.addEventListener('message', ({ data }) => {
  console.log(data, ws.readyState, ws.bufferedAmount)
  ws.close()
})
