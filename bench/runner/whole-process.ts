/** Measures whole processes of a contender, from start to exit. */

import { join } from 'node:path'
import type { Case } from '../cases/case.js'
import type { Cell, Entry, Job } from '../clients/job.js'
import { messagesOf } from '../clients/passes.js'
import type { Contender } from './contenders.js'
import { pinned } from './placement.js'
import { output, reasonOf } from './process.js'

/** Time for one process, in s. */
const LONGEST = 20

/** Whether a case is about whole processes. */
export function isAboutProcesses({ cells }: Pick<Case, 'cells'>): boolean {
  return cells.every(({ workload }) => workload.startsWith('process'))
}

async function measure(
  program: readonly string[],
  cell: Cell,
  { url, milliseconds }: Job,
  core: number | undefined,
): Promise<Entry> {
  const command = [...program, url, String(cell.size), String(messagesOf(cell))]
  const lifetime = ['python3', join('bench', 'runner', 'lifetime.py'), String(milliseconds), String(LONGEST)]
  // The first process is not timed, and the last one may start just before the time is over.
  const deadline = milliseconds + 3 * LONGEST * 1000
  return (await output(pinned(core, [...lifetime, ...command]), process.env, deadline)) as Entry
}

/** Returns the entry of each cell, or the reason for a failure as a string. */
export async function runProcesses(
  { program }: Contender,
  job: Job,
  core: number | undefined,
): Promise<(Entry | null)[] | string> {
  if (program === undefined) return job.cells.map(() => null)
  try {
    const entries: Entry[] = []
    for (const cell of job.cells) entries.push(await measure(program, cell, job, core))
    return entries
  } catch (error) {
    return reasonOf(error)
  }
}
