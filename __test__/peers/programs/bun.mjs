// An echo server on Bun, which uses uWebSockets: `bun.mjs PORT [DEFLATE]`, the options `perMessageDeflate` in JSON.

import { HOST, PROTOCOL, reportClose, toCommand } from './command.mjs'

const LIMIT = 256 * 1024 * 1024

Bun.serve({
  hostname: HOST,
  port: Number(process.argv[2]),
  fetch(request, server) {
    const offered = request.headers.get('sec-websocket-protocol')?.split(/, */) ?? []
    const headers = offered.includes(PROTOCOL) ? { 'Sec-WebSocket-Protocol': PROTOCOL } : {}
    const upgraded = server.upgrade(request, { headers, data: toCommand(request.url) })
    return upgraded ? undefined : new Response('', { status: 400 })
  },
  websocket: {
    perMessageDeflate: JSON.parse(process.argv[3] ?? 'false'),
    maxPayloadLength: LIMIT,
    // Buffers the echoes for a client that sends everything before it reads.
    backpressureLimit: LIMIT,
    open(ws) {
      const { closes, pings, closeArguments, payload } = ws.data
      if (closes) ws.close(...closeArguments)
      if (pings) ws.ping(payload)
    },
    message: (ws, data) => void ws.send(data, true),
    pong: (ws, data) => void ws.send(`pong:${data}`),
    close: (_, code, reason) => reportClose(code, reason),
  },
})
