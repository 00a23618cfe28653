// A server of ws on a free port whose sockets are handled by a function.

import { once } from 'node:events'
import { WebSocketServer } from 'ws'

/** Starts it. `close` also ends the connections that are open. */
export async function serve(handleSocket, options = {}) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options })
  server.on('connection', handleSocket)
  await once(server, 'listening')
  const { port } = server.address()
  const close = () => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  }
  return { url: `ws://127.0.0.1:${port}`, port, close }
}

/** Handles a socket by answering each message, which is JSON. An answer that is undefined is not sent. */
export const answering = (answer) => (socket) =>
  socket.on('message', (data) => {
    const value = answer(JSON.parse(data.toString()), socket)
    if (value !== undefined) socket.send(JSON.stringify(value))
  })
