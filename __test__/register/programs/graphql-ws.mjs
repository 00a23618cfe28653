// graphql-ws: a subscription, by the class of ws and by the global one.

import { buildSchema } from 'graphql'
import { createClient } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import WebSocket, { WebSocketServer } from 'ws'

const schema = buildSchema('type Query { ready: Boolean } type Subscription { count(to: Int!): Int }')
const roots = {
  subscription: {
    async *count({ to }) {
      for (let at = 1; at <= to; at += 1) yield { count: at }
    },
  },
}
const server = new WebSocketServer({ port: 0 })
useServer({ schema, roots }, server)

async function count(webSocketImpl, to) {
  const client = createClient({ url: `ws://127.0.0.1:${server.address().port}`, webSocketImpl })
  const counts = []
  for await (const { data } of client.iterate({ query: `subscription { count(to: ${to}) }` })) {
    counts.push(data.count)
  }
  await client.dispose()
  console.log(counts.join())
}

await count(WebSocket, 3)
await count(globalThis.WebSocket ?? WebSocket, 2)
server.close()
