/**
 * A command-line script with the blocking API: sends each line of standard input and prints the reply.
 *
 *     echo hello | node build/examples/command-line.mjs ws://localhost:8080/shell
 */

import { readFileSync } from 'node:fs'
import { connect } from 'websocket-rs/sync'

const [url = 'ws://localhost:8080/shell'] = process.argv.slice(2)

try {
  // Read before connecting, because pings are answered during calls of the connection only.
  const lines = readFileSync(0, 'utf8').split('\n').filter(Boolean)
  using ws = connect(url, { connectTimeout: 5000, receiveTimeout: 5000 })
  for (const line of lines) {
    ws.send(line)
    console.log(String(ws.recv()))
  }
} catch (error) {
  // Errors of the connection have a code, and so has the TypeError for an invalid URL.
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  console.error(`${code}: ${message}`)
  process.exitCode = 1
}
