/**
 * A market data feed: keeps the latest price of each symbol, prints the prices once a second, and connects again when the
 * connection is lost or silent. Ctrl-C ends it.
 *
 *     node build/examples/market-data.mjs ws://localhost:8080/market
 */

import { connect } from 'websocket-rs'

interface Update {
  symbol: string
  bid: number
  ask: number
}

const [url = 'ws://localhost:8080/market'] = process.argv.slice(2)

const latest = new Map<string, Update>()
let total = 0
let connections = 0

setInterval(() => {
  for (const { symbol, bid, ask } of latest.values())
    console.log(`${symbol} ${bid.toFixed(2)} ${ask.toFixed(2)}`)
}, 1000).unref()

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())

try {
  // A feed that has been silent for 5 s counts as lost.
  for await (const ws of connect.forever(url, { idleTimeout: 5000, signal: stop.signal })) {
    connections += 1
    let updates = 0
    for await (const update of ws.json<Update>()) {
      latest.set(update.symbol, update)
      updates += 1
    }
    total += updates
    const { code, error } = await ws.closed
    if (!stop.signal.aborted) {
      console.log(`connection ${connections} lost after ${updates} updates: ${error?.message ?? code}`)
    }
  }
} catch (error) {
  // An aborted signal ends the loop with an AbortError.
  if (!stop.signal.aborted) throw error
}
console.log(`updates: ${total}, symbols: ${latest.size}, connections: ${connections}`)
