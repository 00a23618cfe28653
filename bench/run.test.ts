/** Tests that a minimal run of the benchmark writes results from which the report can be made. No time is judged. */

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { benchmarksDocument } from './report/document.js'
import { Figures } from './report/figures.js'
import type { Results } from './runner/results.js'

const root = resolve(import.meta.dirname, '..')
// Windows does not report the CPU time of a process that has ended.
const CASES = ['connect', 'sink', 'loop-work', ...(process.platform === 'win32' ? [] : ['process'])]
const CONTENDERS = ['websocket-rs', 'websocket-rs-sync', 'websocket-rs-ws', 'websocket-rs-web', 'ws'].map(
  (adapter) => `${adapter}@here`,
)

test('a run of one round writes results and a report', { timeout: 600_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-bench-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'results.json')
  const settings = { MILLISECONDS: '20', ROUNDS: '1', CASES: CASES.join(), CONTENDERS: CONTENDERS.join() }
  // ws is a development dependency too, so no rivals have to be installed.
  const env = { ...process.env, ...settings, RIVALS: root }
  await promisify(execFile)(process.execPath, ['build/bench/run.js', file], { cwd: root, env })

  const results = JSON.parse(readFileSync(file, 'utf8')) as Results
  expect(results.failures).toEqual([])
  expect(results.contenders.map(({ id }) => id)).toEqual(CONTENDERS)
  expect(new Set(results.series.map((series) => series.case))).toEqual(new Set(CASES))
  const loop = ['delayP50', 'delayP99', 'delayMax', 'timer', 'jsCpu']
  for (const { case: name, figures } of results.series) {
    const names = ['wall', 'cpu', ...(name === 'loop-work' ? loop : [])]
    expect(figures).toEqual(Object.fromEntries(names.map((each) => [each, [expect.any(Number)]])))
  }
  const report = benchmarksDocument(new Figures(results), [])
  expect(report).toContain('## Sink: the client floods')
  for (const id of CONTENDERS) expect(report.match(new RegExp(`^\\| ${id} \\| \\d`, 'gm'))).not.toBeNull()
})
