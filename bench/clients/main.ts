/** A contender on Node or Bun: `main.js ADAPTER --about`, `main.js ADAPTER JOB`. */

import type { Adapter } from './client.js'
import type { About, Cell, Entry, Job } from './job.js'
import { measure } from './measure.js'

/**
 * Rounds over all cells before the first is timed, for the just-in-time compiler. What V8 compiles for
 * the first connection or the first size it throws away at the second; ws takes three times as long
 * for a small message until it has seen several of both. With three rounds Node 26 still compiled while the first cells
 * were timed, a quarter of what a small round trip takes.
 */
const REHEARSALS = 8

/** Works that take long and leave the compiler nothing to do. */
const UNREHEARSED: readonly Cell['work'][] = ['idle', 'sparse', 'silent']

function runtime(): string {
  const { bun } = process.versions
  return bun === undefined ? `Node ${process.versions.node}` : `Bun ${bun}`
}

/** A version that does not know an option yet does not offer what the adapter is about. */
function isUnsupported(error: unknown): boolean {
  return (error as { code?: string }).code === 'ERR_WS_UNSUPPORTED_OPTION'
}

async function entryOf(adapter: Adapter, cell: Cell, job: Job): Promise<Entry | null> {
  try {
    return await measure(adapter, cell, job)
  } catch (error) {
    if (isUnsupported(error)) return null
    throw error
  }
}

async function rehearse(adapter: Adapter, job: Job): Promise<void> {
  const cells = job.cells.filter(({ work }) => !UNREHEARSED.includes(work))
  for (let round = 0; round < REHEARSALS; round++) {
    for (const cell of cells) await entryOf(adapter, cell, { ...job, milliseconds: 0 })
  }
}

async function run(adapter: Adapter, job: Job): Promise<(Entry | null)[]> {
  await rehearse(adapter, job)
  const entries: (Entry | null)[] = []
  for (const cell of job.cells) entries.push(await entryOf(adapter, cell, job))
  return entries
}

async function main(name: string, argument: string): Promise<void> {
  const { adapter } = (await import(`./${name}.js`)) as { adapter: Adapter }
  const about: About = { name: adapter.name, version: adapter.version, runtime: runtime() }
  const answer = argument === '--about' ? about : await run(adapter, JSON.parse(argument) as Job)
  // Whatever a library still has open does not keep the process.
  process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0))
}

const [name, argument] = process.argv.slice(2)
if (name === undefined || argument === undefined) throw new Error('usage: main.js ADAPTER --about | JOB')
main(name, argument).catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
