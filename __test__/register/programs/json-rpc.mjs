// A server of the JSON-RPC that clients of Ethereum use.

import { once } from 'node:events'
import { WebSocketServer } from 'ws'

const RESULTS = { eth_chainId: '0x1', eth_blockNumber: '0x10', eth_gasPrice: '0x3b9aca00', net_version: '1' }

export async function serve() {
  const server = new WebSocketServer({ port: 0 })
  server.on('connection', (socket) =>
    socket.on('message', (data) => {
      const asked = JSON.parse(data.toString())
      const answers = [asked].flat().map(({ id, method }) => ({
        jsonrpc: '2.0',
        id,
        ...(method in RESULTS
          ? { result: RESULTS[method] }
          : { error: { code: -32601, message: `no ${method}` } }),
      }))
      socket.send(JSON.stringify(Array.isArray(asked) ? answers : answers[0]))
    }),
  )
  await once(server, 'listening')
  return { server, url: `ws://127.0.0.1:${server.address().port}` }
}
