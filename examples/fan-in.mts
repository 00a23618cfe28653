/**
 * A thousand connections that one consumer reads. While it is busy, reading is paused and the servers wait.
 *
 *     node build/examples/fan-in.mjs ws://localhost:8080/sensor [connections] [seconds]
 */

import { type Connection, connect, WebSocketError } from 'websocket-rs'

interface Reading {
  sensor: number
  celsius: number
}

type Consumer = (reading: Reading) => Promise<void> | void

const [base = 'ws://localhost:8080/sensor', count = '1000', seconds = '5'] = process.argv.slice(2)
/** Connections that are opened at the same time. */
const OPENING = 100

function urlOf(sensor: number): URL {
  const url = new URL(base)
  url.searchParams.set('id', String(sensor))
  return url
}

async function openAll(urls: URL[]): Promise<Connection[]> {
  const connections: Connection[] = []
  for (let from = 0; from < urls.length; from += OPENING)
    connections.push(...(await Promise.all(urls.slice(from, from + OPENING).map((url) => connect(url)))))
  return connections
}

/** Passes on the readings of one connection until it ends. If it is lost, the others go on. */
async function read(ws: Connection, consume: Consumer): Promise<void> {
  try {
    for await (const reading of ws.json<Reading>()) await consume(reading)
  } catch (error) {
    if (!(error instanceof WebSocketError)) throw error
    console.error(`${ws.url}: ${error.message}`)
  }
}

const connections = await openAll(Array.from({ length: Number(count) }, (_, sensor) => urlOf(sensor)))
setTimeout(() => {
  for (const ws of connections) ws.close()
}, Number(seconds) * 1000).unref()

const sensors = new Set<number>()
let readings = 0
let sum = 0
await Promise.all(
  connections.map((ws) =>
    read(ws, ({ sensor, celsius }) => {
      sensors.add(sensor)
      readings += 1
      sum += celsius
    }),
  ),
)
console.log(`${readings} readings of ${sensors.size} sensors, on average ${(sum / readings).toFixed(1)} °C`)
