// Listens on a Unix socket and carries everything to and from a TCP port: unix-relay.mjs PATH PORT. Says 'listening'
// and ends with its standard input.

import { connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'

const [, , path, port] = process.argv
const server = createServer((near) => {
  const far = connect(Number(port), '127.0.0.1')
  // However one side ends, the other does too.
  pipeline(near, far, near, () => {})
})
server.listen(path, () => console.log('listening'))
process.stdin.on('end', () => process.exit()).resume()
