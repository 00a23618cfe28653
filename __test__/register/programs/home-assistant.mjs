// home-assistant-js-websocket, which uses the global WebSocket.

import { createConnection, createLongLivedTokenAuth } from 'home-assistant-js-websocket'
import WebSocket from 'ws'
import { answering, serve } from './scripted-server.mjs'

globalThis.WebSocket ??= WebSocket
const answer = answering(({ id, type }) =>
  type === 'auth'
    ? { type: 'auth_ok', ha_version: '2026.1.0' }
    : { id, type: 'result', success: true, result: type },
)
const server = await serve((socket) => {
  socket.send(JSON.stringify({ type: 'auth_required', ha_version: '2026.1.0' }))
  answer(socket)
})
const auth = createLongLivedTokenAuth(`http://127.0.0.1:${server.port}`, 'token')
const connection = await createConnection({ auth })
console.log(connection.haVersion, await connection.sendMessagePromise({ type: 'get_states' }))
connection.close()
server.close()
