/** Tests that a run of some cases or contenders keeps or replaces the results of earlier runs. */

import { expect, test } from 'vitest'
import { resultsOf, smallEchoes } from '../testing/results.js'
import { keepEarlier, type Participant, putCase, type Results } from './results.js'

const run = (name: string) => {
  return { name, date: '2001-01-01T00:00:00.000Z', rounds: 1, milliseconds: 1, seconds: 1 }
}
const empty = (): Results => ({ ...resultsOf([]), cases: [] })
const ORDER = resultsOf([]).contenders.map(({ id }) => id)
const seriesOf = (contender: string) => smallEchoes().filter((one) => one.contender === contender)

test('cases that are not run again keep their results and their date', () => {
  const results = empty()
  expect(keepEarlier(results, resultsOf(smallEchoes()), ORDER)).toEqual([])
  putCase(results, run('tls'), [], [])
  expect(results.series).toEqual(smallEchoes())
  expect(results.cases.map(({ name, date }) => [name, date.slice(0, 4)])).toEqual([
    ['echo', '2000'],
    ['tls', '2001'],
  ])
})

test('a case that is run again by all contenders replaces its earlier results', () => {
  const results = resultsOf(smallEchoes())
  const failure = { case: 'echo', placement: 'one core', contender: 'bun', round: 1, reason: 'none' } as const
  results.failures.push(failure)
  putCase(results, run('echo'), smallEchoes(), [])
  expect(results).toMatchObject({ cases: [run('echo')], series: smallEchoes(), failures: [] })
})

test('a run of some contenders keeps the others, in the order of the reports', () => {
  const results = empty()
  results.contenders = results.contenders.filter(({ id }) => id === 'ws@node20')
  expect(keepEarlier(results, resultsOf(smallEchoes()), ORDER)).toEqual([])
  putCase(results, run('echo'), seriesOf('ws@node20'), [])
  expect(results.contenders.map(({ id }) => id)).toEqual(ORDER)
  expect(results.series).toHaveLength(smallEchoes().length)
  expect(results.cases.map(({ date, contenders }) => [date.slice(0, 4), contenders])).toEqual([
    ['2001', ['ws@node20']],
    ['2000', ['websocket-rs@node20', 'bun']],
  ])
  putCase(results, run('echo'), [...seriesOf('websocket-rs@node20'), ...seriesOf('bun')], [])
  expect(results.cases.map(({ contenders }) => contenders)).toEqual([
    ['websocket-rs@node20', 'bun'],
    ['ws@node20'],
  ])
})

test('a contender that is new takes its place in the order of the reports', () => {
  const results = empty()
  const [first] = results.contenders
  results.contenders = [{ ...(first as Participant), id: 'new' }]
  keepEarlier(results, resultsOf(smallEchoes()), ['new', ...ORDER])
  expect(results.contenders.map(({ id }) => id)).toEqual(['new', ...ORDER])
})

test('results of contenders with another version now are not kept', () => {
  const results = empty()
  const [first, ...others] = results.contenders
  results.contenders = [{ ...(first as Participant), version: '2' }, ...others]
  expect(keepEarlier(results, resultsOf(smallEchoes()), ORDER)).toEqual(['websocket-rs@node20'])
  expect(results.series).toEqual(smallEchoes().filter(({ contender }) => contender !== 'websocket-rs@node20'))
  expect(results.contenders[0]?.version).toBe('2')
})

test('results of another machine are not kept', () => {
  const results = empty()
  results.machine = { ...results.machine, cores: 64 }
  expect(keepEarlier(results, resultsOf(smallEchoes()), ORDER)).toBeUndefined()
  expect(results.series).toEqual([])
})

test('servers of both runs are listed', () => {
  const results = empty()
  results.servers = [{ name: 'epoll', about: 'new' }]
  const earlier = resultsOf(smallEchoes())
  earlier.servers = [{ name: 'bun', about: 'old' }]
  expect(keepEarlier(results, earlier, ORDER)).toEqual([])
  expect(results.servers.map(({ name }) => name)).toEqual(['bun', 'epoll'])
})
