// Responds with what three-echoes.mjs prints, for the echo server of ECHO_URL.
import { once } from 'node:events'
import { connect } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'
import WebSocket from 'websocket-rs/ws'

export const dynamic = 'force-dynamic'

async function promise(url) {
  const ws = await connect(url)
  await ws.send('promise')
  const message = await ws.recv()
  await ws.close()
  return message
}

function blocking(url) {
  const ws = connectBlocking(url)
  ws.send('blocking')
  const message = ws.recv()
  ws.close()
  return message
}

async function callback(url) {
  const ws = new WebSocket(url)
  await once(ws, 'open')
  ws.send('ws')
  const [data] = await once(ws, 'message')
  ws.close()
  return data.toString()
}

export async function GET() {
  const url = process.env.ECHO_URL
  return Response.json([await promise(url), blocking(url), await callback(url)])
}
