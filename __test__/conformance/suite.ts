/** Autobahn's cases for clients, as `kosoku` serves them: its server, and agents that it judges. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = resolve(import.meta.dirname, '../..')
const agent = fileURLToPath(new URL('./programs/agent.mjs', import.meta.url))
const windows = process.platform === 'win32'
const server = join(root, '.cache/conformance', windows ? 'Scripts/kosoku.exe' : 'bin/kosoku')

/** Sections about permessage-deflate, which is not offered. */
const EXCLUDED = ['12.*', '13.*']
/** Milliseconds a case may take. */
const CASE_TIMEOUT = 60_000
/** After so many cases that hang the rest is not tried. */
const MAX_HUNG = 3
/** Milliseconds the server may take to begin, and to end when it has written its reports. */
const SERVER_TIMEOUT = 30_000

/** What Autobahn says of the messages of a case, and of how the connection was closed. */
export type Verdict = [behavior: string, behaviorClose: string]

/** The verdicts by case, in the order of the cases. */
export type Verdicts = Record<string, Verdict>

/** What came of a run. */
export interface Report {
  verdicts: Verdicts
  /** What went wrong beside the verdicts: agents that hung or broke. */
  troubles: string[]
}

interface Entry {
  behavior: string
  behaviorClose: string
}

/** Runs all cases against one client, which goes by the name of its package. */
export async function judge(client: string): Promise<Report> {
  const folder = join(root, 'build/reports/conformance', client.replace('/', '-'))
  rmSync(folder, { recursive: true, force: true })
  const child = startServer(folder)
  try {
    const troubles = await runAgents(client, await address(child))
    await ended(child)
    return { verdicts: readVerdicts(folder, client), troubles }
  } finally {
    child.kill('SIGKILL')
  }
}

function startServer(folder: string): ChildProcess {
  if (!existsSync(server)) throw new Error(`there is no ${server}: \`make conformance\` installs it`)
  const excluded = EXCLUDED.flatMap((cases) => ['--exclude', cases])
  const args = ['--mode', 'fuzzingserver', '127.0.0.1:0', '--outdir', folder, ...excluded]
  const child = spawn(server, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  // This process may be ended in the middle of a run.
  process.once('exit', () => child.kill('SIGKILL'))
  return child
}

/** Where the server listens: it says so in its first line. */
async function address(child: ChildProcess): Promise<string> {
  const signal = AbortSignal.timeout(SERVER_TIMEOUT)
  const [line] = (await once(child.stderr as NonNullable<typeof child.stderr>, 'data', { signal })) as [
    Buffer,
  ]
  const url = /ws:\/\/\S+/.exec(line.toString())?.[0]
  if (url === undefined) throw new Error(`kosoku did not begin: ${line}`)
  child.stderr?.resume()
  return url
}

/** Exit code 1 says that a case failed, which the verdicts say as well. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  await once(child, 'exit', { signal: AbortSignal.timeout(SERVER_TIMEOUT) })
}

/** One agent runs all cases. In the place of one that hangs another goes on with the case after. */
async function runAgents(client: string, url: string): Promise<string[]> {
  const troubles: string[] = []
  for (let first = 1; ; ) {
    const { last, trouble } = await runAgent(client, url, first)
    if (trouble === undefined) return troubles
    troubles.push(`case number ${last}: ${trouble}`)
    // The last agent only has the reports written.
    if (troubles.length > MAX_HUNG) return troubles
    first = troubles.length === MAX_HUNG ? Number.MAX_SAFE_INTEGER : last + 1
  }
}

async function runAgent(
  client: string,
  url: string,
  first: number,
): Promise<{ last: number; trouble?: string }> {
  const child = spawn(process.execPath, [agent, client, url, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let last = first - 1
  let trouble: string | undefined
  const hang = () => {
    trouble = `hung for ${CASE_TIMEOUT / 1000} s`
    child.kill('SIGKILL')
  }
  const guard = setTimeout(hang, CASE_TIMEOUT)
  createInterface(child.stdout).on('line', (line) => {
    guard.refresh()
    if (line.startsWith('case ')) last = Number(line.slice('case '.length))
  })
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(guard)
  if (code !== 0) trouble ??= 'the agent broke'
  return trouble === undefined ? { last } : { last, trouble }
}

function readVerdicts(folder: string, client: string): Verdicts {
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Record<
    string,
    Record<string, Entry>
  >
  const verdicts = Object.entries(index[client] ?? {}).map(
    ([id, { behavior, behaviorClose }]): [string, Verdict] => [id, [behavior, behaviorClose]],
  )
  return Object.fromEntries(verdicts.sort(([one], [other]) => compareIds(one, other)))
}

/** 1.1.2 comes before 1.1.10. */
function compareIds(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true })
}
