// An echo server with `ws`: `ws.mjs PORT [DEFLATE]`, the options `perMessageDeflate` in JSON.

import { WebSocketServer } from 'ws'
import { HOST, PROTOCOL, reportClose, toCommand } from './command.mjs'

const handleProtocols = (offered) => offered.has(PROTOCOL) && PROTOCOL

const perMessageDeflate = JSON.parse(process.argv[3] ?? 'false')

new WebSocketServer({ host: HOST, port: Number(process.argv[2]), handleProtocols, perMessageDeflate }).on(
  'connection',
  (ws, request) => {
    const { closes, pings, closeArguments, payload } = toCommand(request.url)
    ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }))
    ws.on('pong', (data) => ws.send(`pong:${data}`))
    ws.on('close', reportClose)
    if (closes) ws.close(...closeArguments)
    if (pings) ws.ping(payload)
  },
)
