// An echo server on Deno: `deno.mjs PORT`. Its WebSocket is that of browsers, which has no pings.

import { HOST, PROTOCOL, reportClose, toCommand } from './command.mjs'

Deno.serve({ hostname: HOST, port: Number(Deno.args[0]), onListen() {} }, (request) => {
  const offered = request.headers.get('sec-websocket-protocol')?.split(/, */) ?? []
  const { socket, response } = Deno.upgradeWebSocket(
    request,
    offered.includes(PROTOCOL) ? { protocol: PROTOCOL } : {},
  )
  const { closes, closeArguments } = toCommand(request.url)
  socket.binaryType = 'arraybuffer'
  socket.onopen = () => closes && socket.close(...closeArguments)
  socket.onmessage = ({ data }) => socket.send(data)
  socket.onclose = ({ code, reason }) => reportClose(code, reason)
  return response
})
