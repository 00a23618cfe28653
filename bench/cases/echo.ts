/**
 * Echo, request-response and pipelined, in a process of its own:
 * `node echo.js CLIENT URL MILLISECONDS SIZE...` prints one JSON array of {@link Cell}.
 */

import type { Client, Open } from '../clients/client.js'

/** One measured cell. */
export interface Cell {
  mode: 'requestResponse' | 'pipelined'
  size: number
  /** Wall time of a message, in us. */
  wall: number
  /** CPU time of this process for a message, in us. */
  cpu: number
}

/** Messages of a batch: as many as the ancestor's benchmark sends at once. */
const BATCH = 1000

async function measure(client: Client, mode: Cell['mode'], size: number, duration: number): Promise<Cell> {
  const payload = Buffer.alloc(size, 'x')
  const batch = mode === 'pipelined' || size < 16_384 ? BATCH : 200
  await client[mode](payload, batch)
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  let messages = 0
  do {
    await client[mode](payload, batch)
    messages += batch
  } while (performance.now() - start < duration)
  const wall = performance.now() - start
  const cpu = process.cpuUsage(cpuBefore)
  return { mode, size, wall: (wall * 1000) / messages, cpu: (cpu.user + cpu.system) / messages }
}

async function main(name: string, url: string, duration: number, sizes: number[]): Promise<void> {
  const { open } = (await import(`../clients/${name}.js`)) as { open: Open }
  const client = await open(url)
  const cells: Cell[] = []
  for (const size of sizes) {
    cells.push(await measure(client, 'requestResponse', size, duration))
    cells.push(await measure(client, 'pipelined', size, duration))
  }
  client.close()
  process.stdout.write(JSON.stringify(cells))
}

const [name, url, duration, ...sizes] = process.argv.slice(2)
if (name !== undefined && url !== undefined) void main(name, url, Number(duration), sizes.map(Number))
