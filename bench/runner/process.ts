/** Runs a contender in a process of its own. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { About, Entry, Job } from '../clients/job.js'
import type { Contender } from './contenders.js'
import { pinned } from './placement.js'

const execute = promisify(execFile)

/** Time for start, connecting and slow passes, in ms; on top of it what the cells themselves may take. */
const GRACE = 30_000
/** The slowest pass takes many times what a cell is given. */
const SLOWEST = 10
const MAX_OUTPUT = 16 * 1024 * 1024

async function output(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  deadline: number,
): Promise<unknown> {
  const [file, ...args] = command as [string, ...string[]]
  const options = { env, timeout: deadline, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT } as const
  const { stdout } = await execute(file, args, options)
  return JSON.parse(stdout)
}

function reasonOf(error: unknown): string {
  const { killed, stderr, message } = error as Error & { killed?: boolean; stderr?: string }
  if (killed) return 'did not end in time'
  const lines = `${message}\n${stderr ?? ''}`.split('\n').filter((line) => line.trim() !== '')
  // The line that names the error, in JavaScript, Python or Rust; or else whatever was said last.
  const named = lines.find((line) => /^[\w.]*(error|exception)\b|panicked/i.test(line))
  return (named ?? lines.at(-1) ?? 'failed').trim()
}

/** What the contender says of itself. */
export async function about(contender: Contender): Promise<About> {
  try {
    return (await output([...contender.command, '--about'], process.env, GRACE)) as About
  } catch (error) {
    throw new Error(`${contender.id} does not start: ${reasonOf(error)}`)
  }
}

/** The entries of a job, or in a string why there are none. */
export async function run(
  contender: Contender,
  job: Job,
  core: number | undefined,
  env: NodeJS.ProcessEnv = {},
): Promise<(Entry | null)[] | string> {
  const command = pinned(core, [...contender.command, JSON.stringify(job)])
  // The global WebSocket of Node takes no certificate in any other way.
  const trust = job.ca === null ? {} : { NODE_EXTRA_CA_CERTS: job.ca }
  const deadline = GRACE + SLOWEST * job.milliseconds * job.cells.length
  try {
    const entries = (await output(
      command,
      { ...process.env, ...trust, ...env },
      deadline,
    )) as (Entry | null)[]
    if (entries.length === job.cells.length) return entries
    return `answered ${entries.length} of ${job.cells.length} cells`
  } catch (error) {
    return reasonOf(error)
  }
}
