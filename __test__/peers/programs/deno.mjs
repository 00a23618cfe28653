// An echo server of Deno: `deno.mjs PORT`. Its sockets are those of browsers, which have no pings.

import { HOST, PROTOCOL, sayClosed, toCommand } from './command.mjs'

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
  socket.onclose = ({ code, reason }) => sayClosed(code, reason)
  return response
})
