// centrifuge: a subscription and a call.

import { Centrifuge } from 'centrifuge'
import WebSocket from 'ws'
import { serve } from './scripted-server.mjs'

function answersTo({ id, connect, subscribe, rpc }) {
  if (connect !== undefined) return [{ id, connect: { client: 'a', version: '1', ping: 25 } }]
  if (rpc !== undefined) return [{ id, rpc }]
  const publication = { push: { channel: subscribe?.channel, pub: { data: 'rain' } } }
  return subscribe === undefined ? [] : [{ id, subscribe: {} }, publication]
}
const server = await serve((socket) =>
  socket.on('message', (data) => {
    const answers = data
      .toString()
      .split('\n')
      .flatMap((line) => answersTo(JSON.parse(line)))
    if (answers.length > 0) socket.send(answers.map((each) => JSON.stringify(each)).join('\n'))
  }),
)
const client = new Centrifuge(server.url, { websocket: WebSocket })
client.on('connected', ({ transport }) => console.log(transport))
client.on('disconnected', ({ code, reason }) => {
  console.log(code, reason)
  server.close()
})
const subscription = client.newSubscription('news')
subscription.on('publication', async ({ data }) => {
  console.log(data, (await client.rpc('ask', { at: 1 })).data)
  client.disconnect()
})
subscription.subscribe()
client.connect()
