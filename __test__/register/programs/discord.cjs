// @discordjs/ws: a shard identifies itself, becomes ready and is destroyed.

const { WebSocketManager, WebSocketShardEvents } = require('@discordjs/ws')

async function main() {
  const { answering, serve } = await import('./scripted-server.mjs')
  const answer = answering(({ op }) => {
    if (op !== 2) return undefined
    return {
      op: 0,
      s: 1,
      t: 'READY',
      d: { session_id: 'a', resume_gateway_url: server.url, user: { id: '1' } },
    }
  })
  const server = await serve((socket) => {
    socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: 40_000 } }))
    answer(socket)
  })
  const limit = { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 }
  const gateway = { url: server.url, shards: 1, session_start_limit: limit }
  const manager = new WebSocketManager({
    token: 'token',
    intents: 0,
    rest: { get: async () => gateway },
  })
  manager.on(WebSocketShardEvents.Ready, () => console.log('ready'))
  await manager.connect()
  await manager.destroy({ code: 1000 })
  console.log('destroyed')
  server.close()
}

main()
