// Sends a message through the promise API, the blocking API and the ws API, and prints what comes back. Copied into the
// folders in which the package is installed, and bundled. Last argument: the URL of an echo server.
import { once } from 'node:events'
import { connect } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'
import WebSocket from 'websocket-rs/ws'

const url = process.argv.at(-1)

async function promise() {
  const ws = await connect(url)
  await ws.send('promise')
  const message = await ws.recv()
  await ws.close()
  return message
}

function blocking() {
  const ws = connectBlocking(url)
  ws.send('blocking')
  const message = ws.recv()
  ws.close()
  return message
}

async function callback() {
  const ws = new WebSocket(url)
  await once(ws, 'open')
  ws.send('ws')
  const [data] = await once(ws, 'message')
  ws.close()
  await once(ws, 'close')
  return data.toString()
}

// Without `await` at the top level, which CommonJS does not have.
async function main() {
  console.log(JSON.stringify([await promise(), blocking(), await callback()]))
}

void main()
