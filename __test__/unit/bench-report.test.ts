/** The report says of given figures what it should: wins and losses alike. */

import { expect, test } from 'vitest'
import type { Workload } from '../../bench/clients/job.js'
import { Figures } from '../../bench/report/figures.js'
import { markdown } from '../../bench/report/markdown.js'
import { reasonsAmiss } from '../../bench/report/verdicts.js'
import {
  keepCases,
  type Participant,
  putCase,
  type Results,
  type Series,
} from '../../bench/runner/results.js'
import { rotated, unrotated } from '../../bench/runner/rounds.js'

function participant(id: string, group: Participant['group']): Participant {
  return { id, group, name: id, version: '1', runtime: 'Node 20' }
}

function series(contender: string, workload: Workload, size: number, wall: (number | null)[]): Series {
  const place = { case: 'echo', server: 'websocket-rs-peer', placement: 'one core' } as const
  const figures = { wall, cpu: wall } as const
  return { ...place, contender, workload, size, kind: 'binary', connections: 1, figures }
}

function resultsOf(all: Series[]): Results {
  return {
    date: '2000-01-01T00:00:00.000Z',
    machine: { cpu: 'abacus', cores: 1, memory: 2 ** 30, system: 'linux', node: '20.0.0' },
    placements: [{ name: 'one core', client: 0, server: 0 }],
    contenders: [
      participant('websocket-rs@node20', 'ours'),
      participant('ws@node20', 'rival'),
      participant('bun', 'rival'),
    ],
    servers: [],
    cases: [{ name: 'echo', date: '2000-01-01T00:00:00.000Z', rounds: 5, milliseconds: 1, seconds: 1 }],
    series: all,
    footprints: [],
    failures: [],
  }
}

const five = (value: number) => new Array<number>(5).fill(value)

/** Ours takes 10 us; ws eleven times that, Bun twice. */
function small(): Series[] {
  return ([64, 512] as const).flatMap((size) =>
    (['pipelined', 'burst'] as const).flatMap((workload) => [
      series('websocket-rs@node20', workload, size, five(10)),
      series('ws@node20', workload, size, five(110)),
      series('bun', workload, size, five(20)),
    ]),
  )
}

const report = (all: Series[], reasons = {}) => markdown(resultsOf(all), reasons, [])
const line = (text: string, start: string) => text.split('\n').find((one) => one.startsWith(start))

test('a target that is met in every cell is met', () => {
  expect(line(report(small()), '| pipelined, 64–512 B | must | ≥ 10x')).toMatch(/\| 11\.0x .*\| met \|$/)
})

test('one that is missed names the worst cell, how many are met, and the reason', () => {
  const text = report(small(), { 'small-bun': 'Because.' })
  expect(line(text, '| pipelined, 64–512 B | must | ≥ 4x')).toMatch(
    /\| 2\.00x .*against bun \| \*\*not met\*\* \(met in 0 of 4 cells\)/,
  )
  expect(text).toContain('≥ 4x Bun** (must). Because.')
})

test('a missing reason and a needless one are told', () => {
  const reasons = { 'small-ws': 'met all the same' }
  expect(reasonsAmiss(new Figures(resultsOf(small())), reasons)).toEqual({
    missing: ['small-bun'],
    needless: ['small-ws'],
  })
})

test('a rival that takes less time is a loss in bold; one about as fast is level', () => {
  const text = report([
    series('websocket-rs@node20', 'requestResponse', 64, [10, 10.2, 9.9, 10.1, 10]),
    series('ws@node20', 'requestResponse', 64, [10.1, 9.9, 10, 10.2, 9.8]),
    series('bun', 'requestResponse', 64, five(8)),
  ])
  expect(line(text, '| bun | 8.00')).toContain('**0.800x: a loss**')
  expect(line(text, '| ws@node20 | 10.0')).toContain('x, level')
})

test('what was not measured is not met, and says so', () => {
  const text = report(small())
  expect(line(text, '| 10 000 connections | must')).toContain('not measured')
  expect(text).toContain('Not measured in this run.')
})

test('a round that failed is left out on both sides of a ratio', () => {
  const figures = new Figures(
    resultsOf([
      series('websocket-rs@node20', 'pipelined', 64, [10, null, 10]),
      series('bun', 'pipelined', 64, [20, 1000, 20]),
    ]),
  )
  const [place] = figures.results.series as [Series]
  expect(figures.ratio(place, 'bun', 'websocket-rs@node20')?.value).toBe(2)
})

test('what was rotated comes back in its order', () => {
  const cells = ['a', 'b', 'c']
  for (const round of [0, 1, 2, 3, 7]) expect(unrotated(rotated(cells, round), round)).toEqual(cells)
})

test('everybody begins a round in turn, and nobody is left out', () => {
  const contenders = ['a', 'b', 'c']
  expect([0, 1, 2, 3].map((round) => rotated(contenders, round).join(''))).toEqual([
    'abc',
    'bca',
    'cab',
    'abc',
  ])
})

test('cases that are not run again stay as they were, and say when that was', () => {
  const results = { ...resultsOf([]), cases: [] }
  expect(keepCases(results, resultsOf(small()))).toBe(true)
  const tls = { name: 'tls', date: '2001-01-01T00:00:00.000Z', rounds: 1, milliseconds: 1, seconds: 1 }
  putCase(results, tls, [], [])
  expect(results.series).toEqual(small())
  expect(results.cases.map(({ name }) => name)).toEqual(['echo', 'tls'])
  expect(markdown(results, {}, [])).toContain('begun 2000-01-01 00:00 UTC.')
})

test('a case that is run again leaves nothing of what it was', () => {
  const results = resultsOf(small())
  const failure = { case: 'echo', placement: 'one core', contender: 'bun', round: 1, reason: 'none' } as const
  results.failures.push(failure)
  const again = { name: 'echo', date: '2001-01-01T00:00:00.000Z', rounds: 1, milliseconds: 1, seconds: 1 }
  putCase(results, again, [], [])
  expect(results).toMatchObject({ cases: [again], series: [], failures: [] })
})

test('cases of other versions are not taken over', () => {
  const results = { ...resultsOf([]), cases: [] }
  const [first, ...others] = results.contenders
  results.contenders = [{ ...(first as Participant), version: '2' }, ...others]
  expect(keepCases(results, resultsOf(small()))).toBe(false)
  expect(results.series).toEqual([])
})

const waiting = (contender: string, cpu: number[]): Series => ({
  ...series(contender, 'slow', 64, cpu),
  case: 'waiting',
})

test.each([
  ['within noise', [100, 120, 90, 110, 95], '| met |'],
  ['more in every round', [120, 125, 130, 122, 121], '**not met** (met in 0 of 1 cells) |'],
])('CPU of waiting is held against that of waiting asleep: %s', (_, cpu, outcome) => {
  const all = [waiting('websocket-rs@node20', cpu), waiting('websocket-rs-no-busy-poll@node20', five(100))]
  expect(line(report(all), '| a slow peer,')).toContain(outcome)
})
