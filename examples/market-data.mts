/**
 * A market data feed: keeps the latest price of each symbol, reconnects when the connection is lost or silent, and prints
 * the prices once a second.
 *
 *     node build/examples/market-data.mjs ws://localhost:8080/market [seconds]
 */

import { connect } from 'websocket-rs'

interface Update {
  symbol: string
  sequence: number
  bid: number
  ask: number
}

const [url = 'ws://localhost:8080/market', seconds = 'Infinity'] = process.argv.slice(2)

const latest = new Map<string, Update>()
let updates = 0
let connections = 0

const timer = setInterval(() => {
  for (const { symbol, bid, ask } of latest.values())
    console.log(`${symbol} ${bid.toFixed(2)} ${ask.toFixed(2)}`)
}, 1000)

const stop = new AbortController()
if (seconds !== 'Infinity') setTimeout(() => stop.abort(), Number(seconds) * 1000)
process.once('SIGINT', () => stop.abort())

try {
  // A feed that has been silent for 5 s is as good as lost.
  for await (const ws of connect.forever(url, { idleTimeout: 5000, signal: stop.signal })) {
    connections += 1
    for await (const update of ws.json<Update>()) {
      latest.set(update.symbol, update)
      updates += 1
    }
    const { code, error } = await ws.closed
    console.log(`lost: ${error?.message ?? code}`)
  }
} catch (error) {
  if (!stop.signal.aborted) throw error
} finally {
  clearInterval(timer)
}
console.log(`${updates} updates of ${latest.size} symbols over ${connections} connections`)
