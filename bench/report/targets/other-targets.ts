/** The targets that are not about the time of echoes: CPU time of waiting, timers, idle connections, package size. */

import type { Workload } from '../../clients/job.js'
import type { Footprint } from '../../runner/results.js'
import { type Figures, idsOfApi, nodeOf, type Place, PROMISE_API } from '../figures.js'
import { sizeName } from '../format.js'
import { medianEstimate } from '../statistics.js'
import { WS } from './echo-comparison.js'
import type { Check, Target } from './target.js'

function idlePlace(figures: Figures): Place | undefined {
  return figures.results.series.find((series) => series.case === 'idle')
}

/** Checks a figure of the idle case against that of each variant of ws, on each Node. */
function idleAgainstWs(figure: string, bound: number): Target['checks'] {
  return (figures) => {
    const place = idlePlace(figures)
    if (place === undefined) return []
    const pairs = idsOfApi(PROMISE_API, figures).flatMap((ours) =>
      WS.map((name) => [ours, `${name}@${nodeOf(ours)}`] as const),
    )
    return pairs.flatMap(([ours, other]): Check[] => {
      const value = figures.ratio(place, ours, other, figure)
      return value === undefined
        ? []
        : [{ where: `${ours} against ${other}`, value, met: value.value <= bound }]
    })
  }
}

/** Checks the memory of an idle connection, on each Node. */
function idleBytes(bound: number): Target['checks'] {
  return (figures) => {
    const place = idlePlace(figures)
    if (place === undefined) return []
    return idsOfApi(PROMISE_API, figures).flatMap((ours): Check[] => {
      const value = figures.estimate(place, ours, 'rss')
      return value === undefined ? [] : [{ where: ours, value, met: value.value <= bound }]
    })
  }
}

/** Checks a figure against that with `busyPoll: false`. Fails only if the whole interval is above the bound. */
function withoutBusyPoll(
  caseName: string,
  workloads: readonly Workload[],
  figure: string,
  bound = 1,
): Target['checks'] {
  return (figures) => {
    const all = figures.results.series.filter(
      (one) =>
        one.case === caseName && workloads.includes(one.workload) && /^websocket-rs@/.test(one.contender),
    )
    return all.flatMap((one): Check[] => {
      const other = one.contender.replace('@', '-no-busy-poll@')
      const value = figures.ratio(one, one.contender, other, figure)
      const where = `${one.workload} ${sizeName(one.size)}, ${one.contender}`
      return value === undefined ? [] : [{ where, value, met: value.low <= bound }]
    })
  }
}

/** Checks a figure of our package. */
function footprint(values: (footprint: Footprint) => number[], bound: number): Target['checks'] {
  return ({ results }) => {
    const ours = results.footprints.find(({ id }) => id === 'websocket-rs')
    if (ours === undefined) return []
    const value = medianEstimate(values(ours))
    return [{ where: results.machine.system, value, met: value.value <= bound }]
  }
}

const WAITING = 'a slow peer, ten messages a second, an idle connection'
const TIMERS = 'timers with one or 100 messages in flight'
const NEIGHBOUR = "another process keeps the client's core busy"
const IDLE = 'memory of an idle connection, 10 000 open'
const OPENING = '10 000 connections'
const FOOTPRINT = 'loading and installing'

function atMost(
  [id, level, unit]: [id: string, level: Target['level'], unit: Target['unit']],
  subject: string,
  text: string,
  checks: Target['checks'],
): Target {
  return { id, subject, level, text, unit, sense: 'at most', checks }
}

const idleWorkloads = ['slow', 'sparse', 'silent'] as const
const waiting = withoutBusyPoll('waiting', idleWorkloads, 'cpu')
const timers = withoutBusyPoll('loop', ['loopSingle', 'loop'], 'timer', 1.1)
const timersText = '99 % of the intervals of 1 ms within 1.1x of those with `busyPoll: false`'
const neighbour = withoutBusyPoll('neighbour', ['requestResponse', 'pipelined'], 'wall')
const loadTime = footprint(({ importTime }) => importTime, 15)
const size = footprint(({ bytes }) => [bytes], 5_000_000)

export const OTHER_TARGETS: readonly Target[] = [
  atMost(['waiting', 'must', 'x'], WAITING, 'CPU time as with `busyPoll: false`', waiting),
  atMost(['timers', 'must', 'x'], TIMERS, timersText, timers),
  atMost(['neighbour', 'must', 'x'], NEIGHBOUR, 'time as with `busyPoll: false`', neighbour),
  atMost(['idle-ws', 'must', 'x'], IDLE, 'less than `ws`', idleAgainstWs('rss', 1)),
  atMost(['idle-bytes', 'aim', 'B'], IDLE, '≤ 8.9 KB', idleBytes(8900)),
  atMost(['opening-time', 'must', 'x'], OPENING, '≤ the time of `ws`', idleAgainstWs('wall', 1)),
  atMost(['opening-memory', 'must', 'x'], OPENING, '≤ the memory of `ws`', idleAgainstWs('total', 1)),
  atMost(['opening-half-time', 'aim', 'x'], OPENING, '≤ half the time of `ws`', idleAgainstWs('wall', 0.5)),
  atMost(
    ['opening-half-memory', 'aim', 'x'],
    OPENING,
    '≤ half the memory of `ws`',
    idleAgainstWs('total', 0.5),
  ),
  atMost(['load', 'must', 'ms'], FOOTPRINT, 'load time ≤ 15 ms', loadTime),
  atMost(['size', 'must', 'B'], FOOTPRINT, '≤ 5 MB unpacked', size),
]
