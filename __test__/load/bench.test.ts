// The benchmark itself, at its smallest: does it run, and is there a report? No time is judged.

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { markdown } from '../../bench/report/markdown.js'
import type { Results } from '../../bench/runner/results.js'

const root = resolve(import.meta.dirname, '../..')
const CONTENDERS = ['websocket-rs@here', 'websocket-rs-sync@here', 'ws@here']

test('a run of one round writes results and a report', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-bench-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'results.json')
  const settings = { MILLISECONDS: '20', ROUNDS: '1', CASES: 'connect,sink', CONTENDERS: CONTENDERS.join() }
  // ws is among the development dependencies too: nothing is installed for this.
  const env = { ...process.env, ...settings, RIVALS: root }
  await promisify(execFile)(process.execPath, ['build/bench/run.js', file], { cwd: root, env })

  const results = JSON.parse(readFileSync(file, 'utf8')) as Results
  expect(results.failures).toEqual([])
  expect(results.contenders.map(({ id }) => id)).toEqual(CONTENDERS)
  expect(new Set(results.series.map((series) => series.case))).toEqual(new Set(['connect', 'sink']))
  for (const { figures } of results.series) {
    expect(figures).toEqual({ wall: [expect.any(Number)], cpu: [expect.any(Number)] })
  }
  const report = markdown(results, {}, [])
  expect(report).toContain('## Sink: the client floods')
  for (const id of CONTENDERS) expect(report.match(new RegExp(`^\\| ${id} \\| \\d`, 'gm'))).not.toBeNull()
})
