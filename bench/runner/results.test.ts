/** Tests that a run of some cases keeps or replaces the results of earlier runs. */

import { expect, test } from 'vitest'
import { resultsOf, smallEchoes } from '../testing/results.js'
import { keepCases, type Participant, putCase, type Results } from './results.js'

const run = (name: string) => {
  return { name, date: '2001-01-01T00:00:00.000Z', rounds: 1, milliseconds: 1, seconds: 1 }
}

test('cases that are not run again keep their results and their date', () => {
  const results: Results = { ...resultsOf([]), cases: [] }
  expect(keepCases(results, resultsOf(smallEchoes()))).toBe(true)
  putCase(results, run('tls'), [], [])
  expect(results.series).toEqual(smallEchoes())
  expect(results.cases.map(({ name, date }) => [name, date.slice(0, 4)])).toEqual([
    ['echo', '2000'],
    ['tls', '2001'],
  ])
})

test('a case that is run again replaces its earlier results', () => {
  const results = resultsOf(smallEchoes())
  const failure = { case: 'echo', placement: 'one core', contender: 'bun', round: 1, reason: 'none' } as const
  results.failures.push(failure)
  putCase(results, run('echo'), [], [])
  expect(results).toMatchObject({ cases: [run('echo')], series: [], failures: [] })
})

test('cases measured with other versions are not kept', () => {
  const results: Results = { ...resultsOf([]), cases: [] }
  const [first, ...others] = results.contenders
  results.contenders = [{ ...(first as Participant), version: '2' }, ...others]
  expect(keepCases(results, resultsOf(smallEchoes()))).toBe(false)
  expect(results.series).toEqual([])
})
