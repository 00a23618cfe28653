// An echo server with faye-websocket: `faye.mjs PORT PACKAGES`.

import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { HOST, PROTOCOL, reportClose, toCommand } from './command.mjs'

const [port, packages] = process.argv.slice(2)
const FayeWebSocket = createRequire(packages)('faye-websocket')

createServer()
  .on('upgrade', (request, socket, head) => {
    const { closes, pings, closeArguments, payload } = toCommand(request.url)
    const ws = new FayeWebSocket(request, socket, head, [PROTOCOL])
    ws.on('message', ({ data }) => ws.send(data))
    ws.on('close', ({ code, reason }) => reportClose(code, reason))
    ws.on('open', () => {
      if (closes) ws.close(...closeArguments)
      if (pings) ws.ping(payload, () => ws.send(`pong:${payload}`))
    })
  })
  .listen(Number(port), HOST)
