/** Measures opening many connections and the memory they hold while idle. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Adapter, Client, Echoes, Endpoint } from './adapter.js'
import type { Entry } from './job.js'

/** Connections opened concurrently; the backlog of a listening socket is limited. */
const LANES = 100
/** How long to wait until the allocators have settled, in ms. */
const SETTLING = 1000

/** Opens all connections, exchanges messages on each if there are any, and measures the growth of resident memory. */
export async function measureIdle(adapter: Adapter, endpoint: Endpoint, echoes?: Echoes): Promise<Entry> {
  const { connections } = endpoint
  const clients: Client[] = []
  const rssBefore = process.memoryUsage.rss()
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  let opening = 0
  const lane = async () => {
    while (opening < connections) {
      opening += 1
      const client = await adapter.open({ ...endpoint, connections: 1 })
      clients.push(client)
      if (echoes !== undefined) await client.echo(echoes)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  const elapsed = performance.now() - start
  const cpu = process.cpuUsage(cpuBefore)
  await sleep(SETTLING)
  const total = process.memoryUsage.rss()
  for (const client of clients) client.terminate()
  return {
    messages: connections,
    wall: (elapsed * 1000) / connections,
    cpu: (cpu.user + cpu.system) / connections,
    latency: null,
    rss: (total - rssBefore) / connections,
    total,
  }
}
