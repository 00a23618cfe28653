// Servers that answer the first bytes of whoever connects with these, and then hold the connection open or end it:
// fixed-response.mjs '[{ "hex": "…", "end": false }, …]' [CERT KEY]. With TLS if it is given a certificate. Prints the ports
// in the order of the answers. Ends with its standard input.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

const [, , answers, cert, key] = process.argv

function serve({ hex, end }) {
  return (socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write(Buffer.from(hex, 'hex'))
      if (end) socket.end()
    })
  }
}

async function listen(answer) {
  const server =
    cert === undefined
      ? createServer(serve(answer))
      : createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, serve(answer))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server.address().port
}

console.log(JSON.stringify(await Promise.all(JSON.parse(answers).map(listen))))
process.stdin.on('end', () => process.exit()).resume()
