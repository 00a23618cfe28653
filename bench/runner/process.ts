/** Runs a contender as a child process. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { About, Entry, Job } from '../clients/job.js'
import type { Contender } from './contenders.js'
import { pinned } from './placement.js'

const execute = promisify(execFile)

/** Time for start-up, connecting and slow passes, in ms, in addition to the time of the cells. */
const GRACE = 30_000
/** The slowest pass takes many times the time of a cell. */
const SLOWEST = 10
const MAX_OUTPUT = 16 * 1024 * 1024

/** Runs a command and returns what it prints as JSON. */
export async function output(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  deadline: number,
): Promise<unknown> {
  const [file, ...args] = command as [string, ...string[]]
  const options = { env, timeout: deadline, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT } as const
  const { stdout } = await execute(file, args, options)
  return JSON.parse(stdout)
}

/** Returns why a command failed, in one line. */
export function reasonOf(error: unknown): string {
  const { killed, stderr, message } = error as Error & { killed?: boolean; stderr?: string }
  if (killed) return 'timed out'
  const lines = `${message}\n${stderr ?? ''}`.split('\n').filter((line) => line.trim() !== '')
  // The line with the error, from JavaScript, Python or Rust, or else the last line.
  const named = lines.find((line) => /^[\w.]*(error|exception)\b|panicked/i.test(line))
  return (named ?? lines.at(-1) ?? 'failed').trim()
}

/** Returns the output of `--about`. */
export async function about(contender: Contender): Promise<About> {
  try {
    return (await output([...contender.command, '--about'], process.env, GRACE)) as About
  } catch (error) {
    throw new Error(`cannot start ${contender.id}: ${reasonOf(error)}`)
  }
}

/** Returns the entries of a job, or the reason for the failure as a string. */
export async function run(
  contender: Contender,
  job: Job,
  core: number | undefined,
  env: NodeJS.ProcessEnv = {},
): Promise<(Entry | null)[] | string> {
  const command = pinned(core, [...contender.command, JSON.stringify(job)])
  // The global WebSocket of Node has no other way to trust a certificate.
  const trust = job.ca === null ? {} : { NODE_EXTRA_CA_CERTS: job.ca }
  const deadline = GRACE + SLOWEST * job.milliseconds * job.cells.length
  try {
    const entries = (await output(
      command,
      { ...process.env, ...trust, ...env },
      deadline,
    )) as (Entry | null)[]
    if (entries.length === job.cells.length) return entries
    return `printed ${entries.length} entries for ${job.cells.length} cells`
  } catch (error) {
    return reasonOf(error)
  }
}
