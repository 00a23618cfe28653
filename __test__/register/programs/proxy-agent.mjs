// https-proxy-agent and hpagent: an agent of the program makes the connection, through a proxy.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { connect } from 'node:net'
import { HttpsProxyAgent as OtherAgent } from 'hpagent'
import { HttpsProxyAgent } from 'https-proxy-agent'
import WebSocket, { WebSocketServer } from 'ws'

const { CERT: cert, KEY: key, CA: ca } = process.env

const proxy = createServer()
proxy.on('connect', ({ url }, socket) => {
  console.log(url.replace(/\d+/, 'port'))
  const target = connect(url.split(':')[1], 'localhost', () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    socket.pipe(target).pipe(socket)
  })
  for (const each of [socket, target]) each.on('error', () => {})
})
await once(proxy.listen(0), 'listening')
const proxyUrl = `http://localhost:${proxy.address().port}`

async function exchange(http, scheme, options) {
  const server = new WebSocketServer({ server: http })
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${data}`)))
  await once(http.listen(0), 'listening')
  const ws = new WebSocket(`${scheme}://localhost:${http.address().port}`, options)
  ws.on('open', () => ws.send(scheme))
  ws.on('message', (data) => {
    console.log(`${data}`)
    ws.close(1000)
  })
  const [code] = await once(ws, 'close')
  console.log(code)
  server.close()
  http.close()
}

await exchange(createServer(), 'ws', { agent: new HttpsProxyAgent(proxyUrl) })
await exchange(createSecureServer({ cert, key }), 'wss', { ca, agent: new HttpsProxyAgent(proxyUrl) })
await exchange(createSecureServer({ cert, key }), 'wss', { ca, agent: new OtherAgent({ proxy: proxyUrl }) })
proxy.close()
