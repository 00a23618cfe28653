// phoenix: joins a channel and pushes, by the class of ws and by the global one.

import { Socket } from 'phoenix'
import WebSocket from 'ws'
import { answering, serve } from './scripted-server.mjs'

const server = await serve(
  answering(([join, at, topic, event, payload]) => [
    join,
    at,
    topic,
    'phx_reply',
    { status: 'ok', response: { event, payload } },
  ]),
)

async function exchange(transport) {
  const socket = new Socket(`${server.url}/socket`, { transport, params: { token: 'a' } })
  socket.connect()
  const channel = socket.channel('room:1', { from: 1 })
  for (const push of [channel.join(), channel.push('say', { text: 'hello' })]) {
    await new Promise((resolve) => push.receive('ok', (reply) => resolve(console.log(JSON.stringify(reply)))))
  }
  await new Promise((resolve) => socket.disconnect(resolve))
}

await exchange(WebSocket)
await exchange(globalThis.WebSocket ?? WebSocket)
server.close()
