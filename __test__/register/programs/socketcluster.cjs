// socketcluster-client: a call.

const { create } = require('socketcluster-client')

async function main() {
  const { answering, serve } = await import('./scripted-server.mjs')
  const server = await serve(
    answering(({ event, cid: rid, data }) => {
      if (event === '#handshake') return { rid, data: { id: 'a', pingTimeout: 20_000 } }
      return event === 'double' ? { rid, data: data * 2 } : undefined
    }),
  )
  const socket = create({ hostname: '127.0.0.1', port: server.port, autoReconnect: false })
  console.log(await socket.invoke('double', 4))
  socket.disconnect()
  server.close()
}

main()
