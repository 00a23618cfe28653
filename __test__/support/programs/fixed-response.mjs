// Servers that send a fixed response to the first data of a connection, then keep the connection open or end it.
// Usage: fixed-response.mjs '[{ "hex": "…", "end": false }, …]' [CERT KEY]. Serves TLS if a certificate is given.
// Prints the ports in the order of the responses. Exits when its standard input ends.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

const [, , responses, cert, key] = process.argv

function serve({ hex, end }) {
  return (socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write(Buffer.from(hex, 'hex'))
      if (end) socket.end()
    })
  }
}

async function listen(response) {
  const server =
    cert === undefined
      ? createServer(serve(response))
      : createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, serve(response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server.address().port
}

console.log(JSON.stringify(await Promise.all(JSON.parse(responses).map(listen))))
process.stdin.on('end', () => process.exit()).resume()
