// mqtt over ws: and wss: with a private authority, against the broker aedes behind the server of ws.

import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { Aedes } from 'aedes'
import { connectAsync } from 'mqtt'
import { createWebSocketStream, WebSocketServer } from 'ws'

const { CERT: cert, KEY: key, CA: ca } = process.env
const broker = await Aedes.createBroker()

async function exchange(http, scheme, options) {
  const server = new WebSocketServer({ server: http, handleProtocols: () => 'mqtt' })
  server.on('connection', (socket, request) => broker.handle(createWebSocketStream(socket), request))
  await new Promise((resolve) => http.listen(0, resolve))
  const client = await connectAsync(`${scheme}://localhost:${http.address().port}`, options)
  const received = new Promise((resolve) =>
    client.on('message', (topic, payload) => resolve(`${topic} ${payload}`)),
  )
  await client.subscribeAsync('weather/+')
  await client.publishAsync('weather/today', `rain by ${scheme}`, { qos: 1 })
  console.log(await received)
  await client.endAsync()
  server.close()
  http.close()
}

await exchange(createServer(), 'ws', {})
await exchange(createSecureServer({ cert, key }), 'wss', { ca })
await new Promise((resolve) => broker.close(resolve))
console.log('closed')
