/** Tests that docs/benchmarks.md shows faster and slower rivals alike. */

import { describe, expect, test } from 'vitest'
import type { CaseRun, Series } from '../runner/results.js'
import { five, lineOf, resultsOf, series, smallEchoes } from '../testing/results.js'
import { benchmarksDocument } from './document.js'
import { Figures } from './figures.js'
import { type LossReason, reviewLossReasons } from './losses.js'

const documentOf = (all: Series[], reasons: LossReason[] = []) =>
  benchmarksDocument(new Figures(resultsOf(all)), reasons)

/** A cell in which Bun is faster and ws level. */
const withLoss = [
  series('websocket-rs@node20', 'requestResponse', 64, [10, 10.2, 9.9, 10.1, 10]),
  series('ws@node20', 'requestResponse', 64, [10.1, 9.9, 10, 10.2, 9.8]),
  series('bun', 'requestResponse', 64, five(8)),
]

test('a faster rival is marked in bold, and one that is about as fast as level', () => {
  const text = documentOf(withLoss)
  expect(lineOf(text, '| bun | 8.00')).toContain('**0.800x: faster**')
  expect(lineOf(text, '| ws@node20 | 10.0')).toContain('x, level')
})

test('the opening table has a row for each known client that was measured, with its time and factor', () => {
  const text = documentOf(
    smallEchoes().flatMap((one) => [one, { ...one, workload: 'requestResponse' as const }]),
  )
  expect(lineOf(text, '| websocket-rs, promise API')).toMatch(/\| 10\.0 \(10\.0–10\.0\) \| 10\.0 \(/)
  expect(lineOf(text, '| Bun | 1 |')).toContain('| 20.0 (20.0–20.0)<br>2.00x |')
  expect(text).not.toContain('| undici')
})

test('each case says when it was started', () => {
  expect(documentOf(smallEchoes())).toContain('started 2000-01-01 00:00 UTC.')
})

test('contenders that were not measured side by side are named, in the order of the results', () => {
  const results = resultsOf([...withLoss].reverse())
  const [one] = results.cases as [CaseRun]
  results.cases = [
    { ...one, date: '2001-01-01T00:00:00.000Z', contenders: ['ws@node20'] },
    { ...one, rounds: 3, contenders: ['websocket-rs@node20', 'bun'] },
  ]
  const text = benchmarksDocument(new Figures(results), [])
  expect(text).toContain(
    'started 2001-01-01 00:00 UTC. Not measured side by side with the others: websocket-rs@node20, bun: 3 rounds, at least 1 ms per cell, started 2000-01-01 00:00 UTC.',
  )
  expect(text.match(/^\| (\S+) \| \d+\.\d+ \(/gm)?.map((line) => line.split(' ')[1])).toEqual([
    'websocket-rs@node20',
    'ws@node20',
    'bun',
  ])
})

describe('losses', () => {
  const reason = { title: 'Small messages', case: 'echo', maxSize: 64, reason: 'Because.' }

  test('are listed with the first reason that matches', () => {
    const text = documentOf(withLoss, [{ ...reason, minSize: 65, maxSize: 128 }, reason])
    expect(text).toContain('In 1 of 2 comparisons')
    expect(text).toContain('- **Small messages.** Because.')
    expect(lineOf(text, '  | requestResponse 64 B')).toBe(
      '  | requestResponse 64 B, one core | bun | node20 | **0.800x: faster** | – |',
    )
    expect(text).not.toContain('Other cells')
  })

  test('are listed without a reason if none matches', () => {
    expect(documentOf(withLoss)).toContain('- **Other cells.** No reason has been recorded.')
  })

  test('missing and needless reasons are reported', () => {
    const figures = new Figures(resultsOf(withLoss))
    expect(reviewLossReasons(figures, [])).toEqual({ missing: true, needless: [] })
    const other = { ...reason, title: 'Text', case: 'text' }
    expect(reviewLossReasons(figures, [reason, other])).toEqual({ missing: false, needless: ['Text'] })
  })
})
