/**
 * A command-line script with the blocking API: sends each line of standard input and prints the reply.
 *
 *     echo hello | node build/examples/command-line.mjs ws://localhost:8080/shell
 */

import { readFileSync } from 'node:fs'
import { WebSocketError } from 'websocket-rs'
import { connect } from 'websocket-rs/sync'

const [url = 'ws://localhost:8080/shell'] = process.argv.slice(2)

try {
  using ws = connect(url, { receiveTimeout: 5000 })
  for (const line of readFileSync(0, 'utf8').split('\n')) {
    if (line === '') continue
    ws.send(line)
    console.log(ws.recv())
  }
} catch (error) {
  if (!(error instanceof WebSocketError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
}
