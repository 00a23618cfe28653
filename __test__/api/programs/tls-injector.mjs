// A TLS server behind a relay. A message `{ "to": "client" | "server", "hex": … }` injects bytes between two records in
// that direction; `{ "renegotiate": true }` makes the server request renegotiation. Prints its port.

import { createServer as createHttps } from 'node:https'
import { connect, createServer } from 'node:net'
import { WebSocketServer } from 'ws'

const relays = new Map()
const server = createHttps(JSON.parse(process.argv[2]))
server.on('tlsClientError', () => {})
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (ws, { socket }) => {
  ws.on('error', () => {})
  ws.on('message', (data) => {
    const { to, hex, renegotiate } = JSON.parse(data)
    if (renegotiate) return socket.renegotiate({}, () => {})
    relays.get(socket.remotePort)[to].write(Buffer.from(hex, 'hex'))
  })
})
server.listen(0, '127.0.0.1', () => {
  const relay = createServer((client) => {
    const upstream = connect(server.address().port, '127.0.0.1')
    upstream.on('connect', () => relays.set(upstream.localPort, { client, server: upstream }))
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ]) {
      from.on('error', () => {})
      from.pipe(to)
    }
  })
  relay.listen(0, 'localhost', () => console.log(relay.address().port))
})
process.stdin.on('end', () => process.exit()).resume()
