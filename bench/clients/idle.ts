/** Many connections that do nothing. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Adapter, Client, Target } from './client.js'
import type { Entry } from './job.js'

/** Connects under way at once; a listening socket holds only so many. */
const LANES = 100
/** Time for the allocators to settle, in ms. */
const SETTLING = 1000

/** Opens all of them and looks how much memory that took. */
export async function idle(adapter: Adapter, target: Target): Promise<Entry> {
  const { connections } = target
  const clients: Client[] = []
  const rssBefore = process.memoryUsage.rss()
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  let opening = 0
  const lane = async () => {
    while (opening < connections) {
      opening += 1
      clients.push(await adapter.open({ ...target, connections: 1 }))
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
