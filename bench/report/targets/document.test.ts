/** Tests that bench/TARGETS.md judges targets by all their cells and gives reasons. */

import { describe, expect, test } from 'vitest'
import type { Participant, Series } from '../../runner/results.js'
import { five, lineOf, resultsOf, series, smallEchoes } from '../../testing/results.js'
import { Figures } from '../figures.js'
import { reviewTargetReasons, targetsDocument } from './document.js'

const documentOf = (all: Series[], reasons = {}) => targetsDocument(new Figures(resultsOf(all)), reasons)

test('a target that is met in every cell is met', () => {
  expect(lineOf(documentOf(smallEchoes()), '| pipelined and burst, 64–512 B | must | ≥ 7x')).toMatch(
    /\| 11\.0x .*\| met \|$/,
  )
})

test('a target that is not met has its worst cell, the number of met cells, and the reason', () => {
  const text = documentOf(smallEchoes(), { 'small-bun': 'Because.' })
  expect(lineOf(text, '| pipelined and burst, 64–512 B | must | ≥ 5x')).toMatch(
    /\| 2\.00x .*against bun \| \*\*not met\*\* \(met in 0 of 4 cells\)/,
  )
  expect(text).toContain('≥ 5x Bun** (must). Because.')
})

test('missing and needless reasons are reported', () => {
  const reasons = { 'small-ws': 'Met all the same.' }
  expect(reviewTargetReasons(new Figures(resultsOf(smallEchoes())), reasons)).toEqual({
    missing: ['small-bun'],
    needless: ['small-ws'],
  })
})

test('a target that was not measured is not met, and the document says so', () => {
  const text = documentOf(smallEchoes())
  expect(lineOf(text, '| 10 000 connections | must')).toContain('not measured')
  expect(text).toContain('Not measured in this run.')
})

const waiting = (contender: string, cpu: number[]): Series => ({
  ...series(contender, 'slow', 64, cpu),
  case: 'waiting',
})

test.each([
  ['within noise', [100, 120, 90, 110, 95], '| met |'],
  ['more in every round', [120, 125, 130, 122, 121], '**not met** (met in 0 of 1 cells) |'],
])('CPU time of waiting is compared with that without busy-polling: %s', (_, cpu, outcome) => {
  const all = [waiting('websocket-rs@node20', cpu), waiting('websocket-rs-no-busy-poll@node20', five(100))]
  expect(lineOf(documentOf(all), '| a slow peer,')).toContain(outcome)
})

describe('work for each message', () => {
  const work = (contender: string, wall: number, timer: number): Series => ({
    ...series(contender, 'loopWork', 64, five(wall)),
    case: 'loop-work',
    figures: { wall: five(wall), cpu: five(wall), timer: five(timer) },
  })
  const withCase = (all: Series[]) => {
    const results = resultsOf(all)
    const cases = results.cases.map((one) => ({ ...one, name: 'loop-work' }))
    return targetsDocument(new Figures({ ...results, cases }), {})
  }

  test('timers and time are judged', () => {
    const text = withCase([work('websocket-rs@node20', 2, 16), work('ws@node20', 4, 9)])
    expect(lineOf(text, '| many queued messages with work for each, promise API | must | 99 %')).toMatch(
      /\| 16\.0 ms .*\*\*not met\*\* \(met in 0 of 1 cells\) \|$/,
    )
    expect(lineOf(text, '| many queued messages with work for each, promise API | must | not')).toMatch(
      /\| 2\.00x .*: 64 B, one core, websocket-rs@node20 against ws@node20 \| met \|$/,
    )
  })

  test('the targets are not measured if the results lack the case, and an earlier reason is not shown', () => {
    const text = documentOf(smallEchoes(), { 'work-timers': 'Because.' })
    expect(lineOf(text, '| many queued messages with work for each, promise API | must | 99 %')).toMatch(
      /\| not measured \| – \|$/,
    )
    expect(text).not.toContain('Because.')
  })
})

describe('the ws API', () => {
  const withApi = (own: number, promise: number) => {
    const results = resultsOf([
      ...(['pipelined', 'requestResponse'] as const).flatMap((workload) => [
        series('websocket-rs-ws@node20', workload, 512, five(own)),
        series('ws@node20', workload, 512, five(100)),
      ]),
      series('websocket-rs@node20', 'pipelined', 512, five(promise)),
    ])
    const [first, ...others] = results.contenders as [Participant, ...Participant[]]
    const contenders = [first, { ...first, id: 'websocket-rs-ws@node20' }, ...others]
    return targetsDocument(new Figures({ ...results, contenders }), {})
  }
  const ROWS = ['faster than `ws`', '≥ 5x `ws`', '≤ 1.05x the time of the promise API']
  const outcomes = (text: string) =>
    ROWS.map((row) => text.split('\n').find((line) => line.includes('`ws` API') && line.includes(row))).map(
      (line) => /\| ([^|]*) \|$/.exec(line ?? '')?.[1],
    )

  test('is judged against ws in each cell, in pipelined small messages, and against the promise API', () => {
    expect(outcomes(withApi(20, 20))).toEqual(['met', 'met', 'met'])
    expect(outcomes(withApi(21, 19))).toEqual([
      'met',
      ...new Array(2).fill(expect.stringContaining('not met')),
    ])
    expect(outcomes(withApi(100, 96))[0]).toContain('not met')
  })

  test('is not measured if the results lack it', () => {
    const rows = documentOf(smallEchoes())
      .split('\n')
      .filter((line) => line.startsWith('| `ws` API'))
    expect(rows).toHaveLength(3)
    for (const row of rows) expect(row).toMatch(/\| not measured \| – \|$/)
  })
})
