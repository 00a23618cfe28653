// Runs files of the suite of `ws` from a checkout that WS_CHECKOUT names, on `websocket-rs/ws` or under
// `websocket-rs/register`.

import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const alias = fileURLToPath(new URL('./programs/alias.cjs', import.meta.url))
const register = new URL('../../dist/register.mjs', import.meta.url).href

/** What the suite runs on: `ws` itself, our module in its place, or its own class replaced. */
export type Subject = 'ws' | 'websocket-rs/ws' | 'websocket-rs/register'

/** Node's flags for a subject. Mocha passes none of its own flags on, so they are in the environment. */
const FLAGS: Record<Subject, string[]> = {
  ws: [],
  'websocket-rs/ws': ['--require', alias],
  'websocket-rs/register': ['--import', register],
}

/** Most time of one process, in ms. */
const TIMEOUT = 120_000
/** Tests wait most of the time. */
const PARALLEL = Math.max(3, availableParallelism())

interface MochaReport {
  tests: { fullTitle: string; err: { message?: string } }[]
  stats: { passes: number; failures: number }
}

/** Runs mocha in the checkout. Returns its report, or what it printed if there is none. */
function mocha(checkout: string, subject: Subject, args: string[]): Promise<MochaReport | string> {
  const program = join(checkout, 'node_modules/mocha/bin/mocha')
  const env = { ...process.env, NODE_OPTIONS: FLAGS[subject].map((flag) => JSON.stringify(flag)).join(' ') }
  const options = { cwd: checkout, env, timeout: TIMEOUT, maxBuffer: 2 ** 26 }
  return new Promise((resolve) => {
    execFile(process.execPath, [program, '--reporter', 'json', '--exit', ...args], options, (_, out, err) => {
      try {
        resolve(JSON.parse(out.slice(out.indexOf('{'))) as MochaReport)
      } catch {
        resolve(`${err}${out}`)
      }
    })
  })
}

/** Returns the titles of the tests of a file, run on `ws` itself. */
export async function titlesOf(checkout: string, file: string): Promise<string[]> {
  const report = await mocha(checkout, 'ws', [file])
  if (typeof report === 'string') throw new Error(report)
  return report.tests.map(({ fullTitle }) => fullTitle)
}

const toPattern = (title: string) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Flags for tests on a busy machine. */
const MOCHA = ['--throw-deprecation', '--timeout', '20000']

/** Runs one test in a process of its own. Returns why it has failed; `''` if it has not. */
async function runTest(checkout: string, subject: Subject, file: string, title: string): Promise<string> {
  const report = await mocha(checkout, subject, [...MOCHA, '-g', `^${toPattern(title)}$`, file])
  if (typeof report === 'string') return report || 'no report: it has not ended in time'
  const { passes, failures } = report.stats
  if (passes > 0 && failures === 0) return ''
  return report.tests.find(({ err }) => err.message !== undefined)?.err.message ?? 'failed'
}

/** Runs all tests but some in one process. Returns those that have not passed there. */
async function runOthers(
  checkout: string,
  subject: Subject,
  file: string,
  titles: string[],
  some: string[],
): Promise<string[]> {
  const others = titles.filter((title) => !some.includes(title))
  const pattern = `^(${some.map(toPattern).join('|')})$`
  const report = await mocha(checkout, subject, [...MOCHA, '-g', pattern, '--invert', file])
  if (typeof report === 'string') return others
  const passed = new Set(report.tests.filter(({ err }) => !err.message).map(({ fullTitle }) => fullTitle))
  return others.filter((title) => !passed.has(title))
}

/**
 * Runs the tests of a file: together if they are expected to pass, and one by one if they are listed or have not passed
 * together, because an uncaught error ends a process of mocha. Returns what failed: titles and why.
 */
export async function runSuite(
  checkout: string,
  subject: Subject,
  file: string,
  titles: string[],
  listed: string[],
): Promise<Map<string, string>> {
  const failures = new Map<string, string>()
  const waiting = [...(await runOthers(checkout, subject, file, titles, listed)), ...listed]
  const work = async () => {
    for (let title = waiting.shift(); title !== undefined; title = waiting.shift()) {
      const failure = await runTest(checkout, subject, file, title)
      if (failure !== '') failures.set(title, failure)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))
  return failures
}
