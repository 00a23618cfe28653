// Runs files of the suite of `ws` on `websocket-rs/ws`, from a checkout that WS_CHECKOUT names: one process for each test,
// because an uncaught error ends a process of mocha.

import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const alias = fileURLToPath(new URL('./programs/alias.cjs', import.meta.url))

/** Most time of one test, in ms. */
const TIMEOUT = 30_000
/** Tests wait most of the time. */
const PARALLEL = Math.max(3, availableParallelism())

interface MochaReport {
  tests: { fullTitle: string; err: { message?: string } }[]
  stats: { passes: number; failures: number }
}

/** Runs mocha in the checkout. Returns its report, or what it printed if there is none. */
function mocha(checkout: string, args: string[]): Promise<MochaReport | string> {
  const program = join(checkout, 'node_modules/mocha/bin/mocha')
  const options = { cwd: checkout, timeout: TIMEOUT, maxBuffer: 2 ** 26 }
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
  const report = await mocha(checkout, [file])
  if (typeof report === 'string') throw new Error(report)
  return report.tests.map(({ fullTitle }) => fullTitle)
}

async function runTest(checkout: string, file: string, title: string): Promise<string> {
  const pattern = `^${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`
  const report = await mocha(checkout, ['--throw-deprecation', '--require', alias, '-g', pattern, file])
  if (typeof report === 'string') return report || 'no report: it has not ended in time'
  if (report.stats.failures === 0) return ''
  return report.tests.find(({ err }) => err.message !== undefined)?.err.message ?? 'failed'
}

/** Runs the tests of a file on our module. Returns what failed: titles and why. */
export async function runSuite(
  checkout: string,
  file: string,
  titles: string[],
): Promise<Map<string, string>> {
  const failures = new Map<string, string>()
  const waiting = [...titles]
  const work = async () => {
    for (let title = waiting.shift(); title !== undefined; title = waiting.shift()) {
      const failure = await runTest(checkout, file, title)
      if (failure !== '') failures.set(title, failure)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))
  return failures
}
