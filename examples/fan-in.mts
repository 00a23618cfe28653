/**
 * A thousand connections, read as one stream. Each is read only as fast as the consumer takes.
 *
 *     node build/examples/fan-in.mjs ws://localhost:8080/sensor [connections] [seconds]
 */

import { type Connection, connect } from 'websocket-rs'

const [base = 'ws://localhost:8080/sensor', count = '1000', seconds = '1'] = process.argv.slice(2)
/** Connections that are opened at the same time. */
const OPENING = 100

/** Opens all connections, at most {@link OPENING} at a time. */
async function openAll(urls: string[]): Promise<Connection[]> {
  const connections: Connection[] = []
  for (let from = 0; from < urls.length; from += OPENING)
    connections.push(...(await Promise.all(urls.slice(from, from + OPENING).map((url) => connect(url)))))
  return connections
}

/** Passes each message of each connection to `handle`, and waits for all connections to end. */
async function fanIn(connections: Connection[], handle: (message: string) => Promise<void> | void): Promise<void> {
  await Promise.all(
    connections.map(async (ws) => {
      for await (const message of ws) await handle(String(message))
    }),
  )
}

const urls = Array.from({ length: Number(count) }, (_, id) => `${base}?id=${id}`)
const connections = await openAll(urls)
setTimeout(() => {
  for (const ws of connections) ws.close()
}, Number(seconds) * 1000)

const readings = new Map<string, number>()
await fanIn(connections, (message) => {
  const [id = ''] = message.split(' ')
  readings.set(id, (readings.get(id) ?? 0) + 1)
})
const total = [...readings.values()].reduce((sum, each) => sum + each, 0)
console.log(`${total} readings of ${readings.size} sensors`)
