/**
 * A program written for the package `ws`, which knows nothing of websocket-rs. It prints which client made the connection.
 *
 *     node build/examples/ws-program.mjs ws://localhost:8080/shell
 *     node --import websocket-rs/register build/examples/ws-program.mjs ws://localhost:8080/shell
 */

import { channel } from 'node:diagnostics_channel'
import WebSocket from 'ws'

const [url = 'ws://localhost:8080/shell'] = process.argv.slice(2)
const WORDS = ['one', 'two', 'three']

let client = 'ws'
channel('websocket-rs:open').subscribe(() => {
  client = 'websocket-rs'
})

const ws = new WebSocket(url)
let replies = 0
ws.on('open', () => {
  console.log(`connected by ${client}`)
  for (const word of WORDS) ws.send(word)
})
ws.on('message', (data) => {
  console.log(data.toString())
  replies += 1
  if (replies === WORDS.length) ws.close(1000, 'done')
})
ws.on('close', (code, reason) => console.log(`closed with ${code} ${reason}`))
ws.on('error', (error) => {
  console.error(error.message)
  process.exitCode = 1
})
