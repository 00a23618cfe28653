// viem: a client over a WebSocket, which is the global one if there is one.

import { createPublicClient, webSocket } from 'viem'
import { serve } from './json-rpc.mjs'

const { server, url } = await serve()
const client = createPublicClient({ transport: webSocket(url, { reconnect: false }) })
console.log(await client.getChainId(), await client.getBlockNumber())
const rpc = await client.transport.getRpcClient()
rpc.close()
server.close()
