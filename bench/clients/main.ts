/** The program of a contender on Node or Bun: `main.js ADAPTER --about`, `main.js ADAPTER JOB`. */

import type { Adapter } from './adapter.js'
import type { About, Cell, Entry, Job } from './job.js'
import { measure } from './measure.js'

/**
 * Rounds over all cells before the first one is timed, for the just-in-time compiler. V8 discards the code it compiled
 * for the first connection or size when the second one comes along: ws takes three times as long for a small message
 * until it has seen several of both. With three rounds, Node 26 was still compiling while the first cells were timed,
 * which took a quarter of the time of a small round trip.
 */
const WARM_UP_ROUNDS = 8

/** Workloads that take long and do not exercise the compiler. */
const WITHOUT_WARM_UP: readonly Cell['workload'][] = ['idle', 'active', 'sparse', 'silent']
/** Bytes in flight of compressed cells that take long too, as most of their time is that of zlib. */
const SLOW = 8 * 1024 * 1024

/** Connections that take long to open. */
const MANY = 1000

function isWarmedUp({ workload, kind, size, connections }: Cell): boolean {
  if (WITHOUT_WARM_UP.includes(workload) || connections >= MANY) return false
  return kind !== 'json' || size * connections <= SLOW
}

function runtime(): string {
  const { bun } = process.versions
  return bun === undefined ? `Node ${process.versions.node}` : `Bun ${bun}`
}

/** Errors of an earlier version that lacks an option or an API; the cell is then not offered. */
const UNSUPPORTED = ['ERR_WS_UNSUPPORTED_OPTION', 'ERR_PACKAGE_PATH_NOT_EXPORTED']

function isUnsupported(error: unknown): boolean {
  return UNSUPPORTED.includes((error as { code?: string }).code ?? '')
}

async function entryOf(adapter: Adapter, cell: Cell, job: Job): Promise<Entry | null> {
  try {
    return await measure(adapter, cell, job)
  } catch (error) {
    if (isUnsupported(error)) return null
    throw error
  }
}

async function warmUp(adapter: Adapter, job: Job): Promise<void> {
  const cells = job.cells.filter(isWarmedUp)
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    for (const cell of cells) await entryOf(adapter, cell, { ...job, milliseconds: 0 })
  }
}

async function run(adapter: Adapter, job: Job): Promise<(Entry | null)[]> {
  await warmUp(adapter, job)
  const entries: (Entry | null)[] = []
  for (const cell of job.cells) entries.push(await entryOf(adapter, cell, job))
  return entries
}

async function main(name: string, argument: string): Promise<void> {
  const { adapter } = (await import(`./adapters/${name}.js`)) as { adapter: Adapter }
  const about: About = { name: adapter.name, version: adapter.version, runtime: runtime() }
  const answer = argument === '--about' ? about : await run(adapter, JSON.parse(argument) as Job)
  // Connections that a library has left open must not keep the process alive.
  process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0))
}

const [name, argument] = process.argv.slice(2)
if (name === undefined || argument === undefined) throw new Error('usage: main.js ADAPTER --about | JOB')
main(name, argument).catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
