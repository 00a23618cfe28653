/**
 * A market data feed with permessage-deflate: counts what was received and what that took on the wire.
 *
 *     node build/examples/compressed-market-data.mjs ws://localhost:8080/compressed-market 3000
 */

import { connect } from 'websocket-rs'

interface Update {
  symbol: string
  bid: number
  ask: number
}

const [url = 'ws://localhost:8080/compressed-market', count = '3000'] = process.argv.slice(2)

// The server refers to earlier updates, which resemble each other (context takeover, the default).
const ws = await connect(url, { compression: true, idleTimeout: 5000 })
console.log(`extensions: ${ws.extensions || 'none'}`)

const latest = new Map<string, Update>()
let updates = 0
let bytes = 0
while (updates < Number(count)) {
  for (const message of await ws.recvMany()) {
    const update = JSON.parse(String(message)) as Update
    latest.set(update.symbol, update)
    bytes += message.length
    updates += 1
  }
}
const { bytesReceived } = ws.stats()
await ws.close()
console.log(
  `updates: ${updates}, symbols: ${latest.size}, ${bytes} bytes in ${bytesReceived} on the wire ` +
    `(${((100 * bytesReceived) / bytes).toFixed(0)} %)`,
)
