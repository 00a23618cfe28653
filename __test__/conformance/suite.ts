/** Runs Autobahn's client cases: starts the server `kosoku` and one agent after another, and reads the verdicts. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { DRIVER_FLAGS } from '../support/program.js'

const root = resolve(import.meta.dirname, '../..')
const agent = fileURLToPath(new URL('./programs/agent.mjs', import.meta.url))
const windows = process.platform === 'win32'
const server = join(root, '.cache/conformance', windows ? 'Scripts/kosoku.exe' : 'bin/kosoku')

/** The limit of one case, in ms. The server takes 20 s for the longest cases of permessage-deflate. */
const CASE_TIMEOUT = { plain: 60_000, deflate: 300_000 }
/** The number of cases with a problem after which a run ends. */
const MAX_PROBLEMS = 3
/** The limit for the start of the server, and for its end after it has written its reports, in ms. */
const SERVER_TIMEOUT = 30_000

/** Autobahn's verdicts on the messages of a case and on how the connection was closed. */
export type Verdict = [behavior: string, behaviorClose: string]

/** The verdicts by case, in the order of the cases. */
export type Verdicts = Record<string, Verdict>

/** The cases of a run, and what the clients offer. */
export interface Selection {
  /** The folder of the reports in build/reports. */
  folder: string
  /** Cases or patterns, such as `12.*`. */
  cases: string[]
  /** What the clients offer: nothing, permessage-deflate, or that with `client_no_context_takeover`. */
  offer: Offer
}

export type Offer = 'none' | 'deflate' | 'deflate-no-context-takeover'

/** The result of a run. */
export interface Report {
  verdicts: Verdicts
  /** Agents that hung or failed. */
  problems: string[]
}

interface Entry {
  behavior: string
  behaviorClose: string
}

/** Runs cases against a client, given by the name of its package. */
export async function judge(client: string, selection: Selection): Promise<Report> {
  const folder = join(root, 'build/reports', selection.folder, client.replace('/', '-'))
  rmSync(folder, { recursive: true, force: true })
  const child = startServer(folder, selection.cases)
  try {
    const problems = await runAgents({ client, selection, url: await address(child) })
    await ended(child)
    return { verdicts: readVerdicts(folder, client), problems }
  } finally {
    child.kill('SIGKILL')
  }
}

/** Joins the results of runs with different cases. */
export function joined(reports: readonly Report[]): Report {
  const verdicts = Object.assign({}, ...reports.map((report) => report.verdicts)) as Verdicts
  return { verdicts: inOrder(verdicts), problems: reports.flatMap(({ problems }) => problems) }
}

/** A client with the server that judges it. */
interface Run {
  client: string
  selection: Selection
  url: string
}

function startServer(folder: string, cases: readonly string[]): ChildProcess {
  if (!existsSync(server)) throw new Error(`${server} is missing: \`make conformance\` installs it`)
  const included = cases.flatMap((each) => ['--include', each])
  const args = ['--mode', 'fuzzingserver', '127.0.0.1:0', '--outdir', folder, ...included]
  const child = spawn(server, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  // This process may be stopped during a run.
  const stop = () => child.kill('SIGKILL')
  process.once('exit', stop)
  child.once('exit', () => process.off('exit', stop))
  return child
}

/** Returns the address of the server, which is in its first line of output. */
async function address(child: ChildProcess): Promise<string> {
  const signal = AbortSignal.timeout(SERVER_TIMEOUT)
  const [line] = (await once(child.stderr as NonNullable<typeof child.stderr>, 'data', { signal })) as [
    Buffer,
  ]
  const url = /ws:\/\/\S+/.exec(line.toString())?.[0]
  if (url === undefined) throw new Error(`kosoku did not start: ${line}`)
  child.stderr?.resume()
  return url
}

/**
 * Waits until the server has exited. How is ignored: 1 means that a case failed, which the verdicts show, and at times it
 * is ended by a signal once its reports are written.
 */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await once(child, 'exit', { signal: AbortSignal.timeout(SERVER_TIMEOUT) })
}

/** Runs all cases with one agent. If an agent hangs or fails, another one continues with the next case. */
async function runAgents(run: Run): Promise<string[]> {
  const problems: string[] = []
  for (let first = 1; ; ) {
    const { last, problem } = await runAgent(run, first)
    if (problem === undefined) return problems
    problems.push(`case number ${last}: ${problem}`)
    // The last agent runs no case: it only makes the server write its reports.
    if (problems.length > MAX_PROBLEMS) return problems
    first = problems.length === MAX_PROBLEMS ? Number.MAX_SAFE_INTEGER : last + 1
  }
}

async function runAgent(
  { client, selection, url }: Run,
  first: number,
): Promise<{ last: number; problem?: string }> {
  const args = [...DRIVER_FLAGS, agent, client, url, String(first), selection.offer]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let last = first - 1
  let problem: string | undefined
  const limit = selection.offer === 'none' ? CASE_TIMEOUT.plain : CASE_TIMEOUT.deflate
  const hang = () => {
    problem = `hung for ${limit / 1000} s`
    child.kill('SIGKILL')
  }
  const guard = setTimeout(hang, limit)
  createInterface(child.stdout).on('line', (line) => {
    guard.refresh()
    if (line.startsWith('case ')) last = Number(line.slice('case '.length))
  })
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(guard)
  if (code !== 0) problem ??= 'the agent failed'
  return problem === undefined ? { last } : { last, problem }
}

function readVerdicts(folder: string, client: string): Verdicts {
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Record<
    string,
    Record<string, Entry>
  >
  const verdicts = Object.entries(index[client] ?? {}).map(
    ([id, { behavior, behaviorClose }]): [string, Verdict] => [id, [behavior, behaviorClose]],
  )
  return inOrder(Object.fromEntries(verdicts))
}

/** Sorts by case. */
function inOrder(verdicts: Verdicts): Verdicts {
  const sorted = Object.entries(verdicts).sort(([one], [other]) => compareIds(one, other))
  return Object.fromEntries(sorted)
}

/** Compares numerically: 1.1.2 comes before 1.1.10. */
function compareIds(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true })
}
