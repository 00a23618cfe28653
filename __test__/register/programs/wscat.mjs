// wscat: sends a message, prints the answer and ends.

import { createRequire } from 'node:module'
import { serve } from './scripted-server.mjs'

const server = await serve((socket, { headers }) => {
  console.log(headers['x-a'], headers.origin)
  socket.on('message', (data) => socket.send(`re ${data}`))
})
const { argv } = process
argv.splice(2, argv.length, '-c', server.url, '-H', 'x-a: b', '-o', 'http://here', '-x', 'hello', '-w', '1')
createRequire(import.meta.url)('wscat/bin/wscat')
