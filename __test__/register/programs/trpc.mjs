// tRPC: a query and a subscription over wsLink, by the class of ws and by the global one.

import { createTRPCClient, createWSClient, wsLink } from '@trpc/client'
import { initTRPC } from '@trpc/server'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import WebSocket, { WebSocketServer } from 'ws'

const { procedure, router: makeRouter } = initTRPC.create()
const router = makeRouter({
  hello: procedure.query(() => 'hello'),
  count: procedure.subscription(async function* () {
    yield 1
    yield 2
  }),
})
const wss = new WebSocketServer({ port: 0 })
applyWSSHandler({ wss, router, createContext: () => ({}) })

async function exchange(Class) {
  const client = createWSClient({ url: `ws://127.0.0.1:${wss.address().port}`, WebSocket: Class })
  const api = createTRPCClient({ links: [wsLink({ client })] })
  console.log(await api.hello.query())
  await new Promise((onComplete) => {
    api.count.subscribe(undefined, { onData: (value) => console.log(value), onComplete })
  })
  await client.close()
}

await exchange(WebSocket)
await exchange(globalThis.WebSocket ?? WebSocket)
wss.close()
