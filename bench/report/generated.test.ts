/** Tests that the generated documents are up to date with the committed results. */

import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { CASES } from '../cases/index.js'
import { benchmarksDocument, chartsOf } from './document.js'
import { Figures } from './figures.js'
import { headlineChart } from './headline.js'
import type { LossReason } from './losses.js'
import { documentOf, OWN_RUNS, ownRunDocument, resultsOf } from './own-runs.js'
import { targetsDocument } from './targets/document.js'
import { TARGETS } from './targets/targets.js'

const root = resolve(import.meta.dirname, '../..')
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8')

const figures = new Figures(JSON.parse(read('bench/results/benchmarks.json')))
const lossReasons = JSON.parse(read('bench/report/losses.json'))
const targetReasons = JSON.parse(read('bench/report/targets/reasons.json'))

// Resampling takes seconds, and longer if other tests run at the same time.
const TIMEOUT = { timeout: 120_000 }

test('docs/benchmarks.md is what `make bench-report` writes', TIMEOUT, () => {
  expect(read('docs/benchmarks.md')).toBe(benchmarksDocument(figures, lossReasons))
})

test.each(OWN_RUNS)('the document of $name is what `make bench-report` writes', TIMEOUT, (run) => {
  const ofRun = new Figures(JSON.parse(read(resultsOf(run))))
  expect(read(documentOf(run))).toBe(ownRunDocument(run, ofRun, targetReasons))
})

test('bench/TARGETS.md is what `make bench-report` writes', TIMEOUT, () => {
  expect(read('bench/TARGETS.md')).toBe(targetsDocument(figures, targetReasons))
})

test.each(chartsOf(figures))('docs/benchmarks/$file exists', ({ file }) => {
  expect(existsSync(join(root, 'docs/benchmarks', file))).toBe(true)
  expect(read('docs/benchmarks', file)).toMatch(/^<svg/)
})

test('docs/benchmarks/headline.svg is what `make bench-report` writes', TIMEOUT, () => {
  expect(read('docs/benchmarks/headline.svg')).toBe(headlineChart(figures))
})

// Which reasons are missing or needless changes with each run, and finding a reason may take longer than the run:
// `make bench-report` prints them.
test('reasons are about cases and targets that exist', () => {
  const targets = [...TARGETS, ...OWN_RUNS.flatMap((run) => run.targets)].map(({ id }) => id)
  expect(targets).toEqual(expect.arrayContaining(Object.keys(targetReasons)))
  const cases = CASES.map(({ name }) => name)
  expect(cases).toEqual(expect.arrayContaining(lossReasons.map((one: LossReason) => one.case)))
})
