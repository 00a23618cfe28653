// Relays a Unix socket to a TCP port. Usage: unix-relay.mjs PATH PORT. Prints 'listening'. Exits when its standard
// input ends.

import { connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'

const [, , path, port] = process.argv
const server = createServer((near) => {
  const far = connect(Number(port), '127.0.0.1')
  // `pipeline` destroys both sides if one of them ends or fails.
  pipeline(near, far, near, () => {})
})
server.listen(path, () => console.log('listening'))
process.stdin.on('end', () => process.exit()).resume()
