// An echo server with the TLS options of its first argument. The first message on each connection has the negotiated
// TLS parameters. Prints its port.

import { createServer } from 'node:https'
import { WebSocketServer } from 'ws'

const server = createServer(JSON.parse(process.argv[2]))
server.on('tlsClientError', () => {})
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (ws, { socket }) => {
  ws.on('error', () => {})
  const { CN } = socket.getPeerCertificate().subject ?? {}
  const { servername, alpnProtocol } = socket
  ws.send(
    JSON.stringify({
      version: socket.getProtocol(),
      resumed: socket.isSessionReused(),
      servername,
      alpn: alpnProtocol,
      client: CN,
    }),
  )
  ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }))
})
server.listen(0, 'localhost', () => console.log(server.address().port))
process.stdin.on('end', () => process.exit()).resume()
