/**
 * A short benchmark against `ws`: `make bench-quick`.
 *
 * Each cell runs in a process of its own, client and server pinned, the clients taking turns, so that
 * a machine that slows down slows them all. Both placements are shown: server and client on one core,
 * where no wake-up hides the work, and on two.
 */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Cell } from './cases/echo.js'
import { pinned, startPeer } from './peer.js'
import { median, quantile } from './statistics.js'

const CLIENTS = ['websocket-rs', 'websocket-rs-sync', 'ws']
const SIZES = [64, 512, 4096, 65_536]
const ROUNDS = Number(process.env.ROUNDS ?? 5)
const MILLISECONDS = 150
const CLIENT_CORE = 1
const PLACEMENTS = [
  { name: 'one core', serverCore: CLIENT_CORE },
  { name: 'two cores', serverCore: 0 },
]

const run = promisify(execFile)

async function runCase(client: string, url: string): Promise<Cell[]> {
  const script = join(__dirname, 'cases', 'echo.js')
  const command = [process.execPath, script, client, url, String(MILLISECONDS), ...SIZES.map(String)]
  const [file, ...args] = pinned(CLIENT_CORE, command)
  const { stdout } = await run(file, args, { timeout: 60_000 })
  return JSON.parse(stdout)
}

/** All rounds of a placement: for each client the cells of every round. */
async function runPlacement(serverCore: number): Promise<Map<string, Cell[]>> {
  const peer = await startPeer(serverCore)
  const results = new Map<string, Cell[]>(CLIENTS.map((client) => [client, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const client of CLIENTS) results.get(client)?.push(...(await runCase(client, peer.ws)))
  }
  peer.stop()
  return results
}

function row(results: Map<string, Cell[]>, mode: Cell['mode'], size: number): string {
  const of = (client: string) =>
    (results.get(client) ?? []).filter((cell) => cell.mode === mode && cell.size === size)
  const rival = median(of('ws').map((cell) => cell.wall))
  const columns = CLIENTS.map((client) => {
    const walls = of(client).map((cell) => cell.wall)
    const spread = `${quantile(walls, 0).toFixed(2)}-${quantile(walls, 1).toFixed(2)}`
    const cpu = median(of(client).map((cell) => cell.cpu)).toFixed(2)
    return `${median(walls).toFixed(2)} (${spread}; cpu ${cpu}) ${(rival / median(walls)).toFixed(2)}x`
  })
  return [mode.padEnd(16), String(size).padStart(6), ...columns.map((column) => column.padEnd(40))].join(' ')
}

async function main(): Promise<void> {
  const pinning = process.platform === 'linux' ? `client on core ${CLIENT_CORE}` : 'nothing pinned'
  console.log(
    `Node ${process.version}, ${pinning}; us per message: median (min-max; CPU), times faster than ws`,
  )
  for (const { name, serverCore } of PLACEMENTS) {
    const results = await runPlacement(serverCore)
    console.log(
      `\n${name}\n${['mode'.padEnd(16), '  size', ...CLIENTS.map((client) => client.padEnd(40))].join(' ')}`,
    )
    for (const mode of ['requestResponse', 'pipelined'] as const) {
      for (const size of SIZES) console.log(row(results, mode, size))
    }
  }
}

void main()
