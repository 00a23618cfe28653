// ethers: a provider over a WebSocket.

import { WebSocketProvider } from 'ethers'
import { serve } from './json-rpc.mjs'

const { server, url } = await serve()
const provider = new WebSocketProvider(url)
console.log((await provider.getNetwork()).chainId, await provider.getBlockNumber())
await provider.destroy()
server.close()
