/** What is promised, as the table at the top of the report checks it. */

import type { Workload } from '../clients/job.js'
import type { Footprint } from '../runner/results.js'
import {
  asyncFace,
  bun,
  type Check,
  type Comparison,
  compare,
  fastestWs,
  floor,
  type Others,
  python,
  rivals,
  WS,
  wsWithBufferutil,
} from './comparison.js'
import { type Figures, nodeOf, type Place } from './figures.js'
import { sizeName } from './format.js'
import { medianEstimate } from './statistics.js'

/** A cell of the table. */
export interface Target {
  id: string
  row: string
  level: 'must' | 'aim'
  text: string
  unit: 'x' | 'B' | 'ms'
  /** Whether the worst value is the smallest or the largest. */
  sense: 'at least' | 'at most'
  checks(figures: Figures): Check[]
}

const PIPELINED: readonly Workload[] = ['pipelined', 'burst']
const SMALL = [64, 512]
const REQUESTS = [64, 512, 1024, 4096, 16_384, 65_536]

type Words = Pick<Target, 'id' | 'row' | 'level' | 'text'>

function echoTarget(words: Words, comparison: Comparison): Target {
  const sense = comparison.measure === 'faster' ? 'at least' : 'at most'
  return { ...words, unit: 'x', sense, checks: (figures) => compare(comparison, figures) }
}

const faster = (face: string, others: Others, bound: number) =>
  ({ face, others, bound, measure: 'faster' }) as const
const time = (face: string, others: Others, bound: number) =>
  ({ face, others, bound, measure: 'time' }) as const

const ASYNC = 'websocket-rs'
const SYNC = 'websocket-rs-sync'
/** The same with messages whose memory goes back at once, as it does in CPython. */
const ASYNC_REUSE = 'websocket-rs-reuse-memory'
const SYNC_REUSE = 'websocket-rs-sync-reuse-memory'
const small = { workloads: PIPELINED, sizes: SMALL }
const medium = { workloads: PIPELINED, sizes: [4096] }
const large = { workloads: PIPELINED, sizes: [65_536] }
const requests = { workloads: ['requestResponse'] as const, sizes: REQUESTS }
const ancestor = { workloads: ['requestResponse', ...PIPELINED] as const, sizes: REQUESTS.slice(1) }

const ECHO_TARGETS: [
  id: string,
  row: string,
  level: Target['level'],
  text: string,
  comparison: Comparison,
][] = [
  ['small-ws', 'pipelined, 64–512 B', 'must', '≥ 10x `ws`', { ...small, ...faster(ASYNC, fastestWs, 10) }],
  ['small-bun', 'pipelined, 64–512 B', 'must', '≥ 4x Bun', { ...small, ...faster(ASYNC, bun, 4) }],
  [
    'small-floor',
    'pipelined, 64–512 B',
    'aim',
    "≤ 1.5x the floor's time",
    { ...small, ...time(ASYNC, floor, 1.5) },
  ],
  ['medium-ws', 'pipelined, 4 KiB', 'must', '≥ 4x `ws`', { ...medium, ...faster(ASYNC, fastestWs, 4) }],
  ['medium-bun', 'pipelined, 4 KiB', 'must', '≥ 3x Bun', { ...medium, ...faster(ASYNC, bun, 3) }],
  [
    'medium-floor',
    'pipelined, 4 KiB',
    'aim',
    "≤ 1.5x the floor's time",
    { ...medium, ...time(ASYNC, floor, 1.5) },
  ],
  [
    'large-ws',
    'pipelined, 64 KiB',
    'must',
    '≥ 1.7x `ws` with `bufferutil`',
    { ...large, ...faster(ASYNC, wsWithBufferutil, 1.7) },
  ],
  ['large-bun', 'pipelined, 64 KiB', 'must', 'not behind Bun', { ...large, ...faster(ASYNC, bun, 1) }],
  ['large-bun-ahead', 'pipelined, 64 KiB', 'aim', '≥ 1.2x Bun', { ...large, ...faster(ASYNC, bun, 1.2) }],
  [
    'async-rivals',
    'request-response, promise face, 64 B – 64 KiB',
    'must',
    'never behind any rival',
    { ...requests, ...faster(ASYNC, rivals, 1) },
  ],
  [
    'async-busy-poll',
    'request-response, promise face, 64 B – 64 KiB',
    'must',
    '≥ 2.3x `ws` on two cores with `busyPoll`',
    { ...requests, placement: 'two cores', ...faster('websocket-rs', fastestWs, 2.3) },
  ],
  [
    'async-floor',
    'request-response, promise face, 64 B – 64 KiB',
    'aim',
    "≤ 1.1x the floor's time on one core",
    { ...requests, placement: 'one core', ...time(ASYNC, floor, 1.1) },
  ],
  [
    'sync-async',
    'request-response, blocking face, 64 B – 64 KiB',
    'must',
    'never behind the promise face',
    { ...requests, ...faster(SYNC, asyncFace, 1) },
  ],
  [
    'sync-rivals',
    'request-response, blocking face, 64 B – 64 KiB',
    'must',
    'never behind any rival',
    { ...requests, ...faster(SYNC, rivals, 1) },
  ],
  [
    'sync-floor',
    'request-response, blocking face, 64 B – 64 KiB',
    'aim',
    "≤ 1.05x the floor's time",
    { ...requests, ...time(SYNC, floor, 1.05) },
  ],
  [
    'python',
    'request-response and pipelined, 512 B – 64 KiB',
    'must',
    'never behind any Python client',
    { ...ancestor, ...faster(ASYNC, python, 1) },
  ],
  [
    'reuse-large-bun',
    'pipelined, 64 KiB, `reuseMemory`',
    'must',
    'not behind Bun',
    { ...large, ...faster(ASYNC_REUSE, bun, 1) },
  ],
  [
    'reuse-async-rivals',
    'request-response, promise face, 64 B – 64 KiB, `reuseMemory`',
    'must',
    'never behind any rival',
    { ...requests, ...faster(ASYNC_REUSE, rivals, 1) },
  ],
  [
    'reuse-sync-rivals',
    'request-response, blocking face, 64 B – 64 KiB, `reuseMemory`',
    'must',
    'never behind any rival',
    { ...requests, ...faster(SYNC_REUSE, rivals, 1) },
  ],
  [
    'reuse-python',
    'request-response and pipelined, 512 B – 64 KiB, `reuseMemory`',
    'must',
    'never behind any Python client',
    { ...ancestor, ...faster(ASYNC_REUSE, python, 1) },
  ],
]

function idlePlace(figures: Figures): Place | undefined {
  return figures.results.series.find((series) => series.workload === 'idle')
}

/** Our figure of the idle case over the smallest of ws, on each Node. */
function idleChecks(figure: string, bound: number): Target['checks'] {
  return (figures) => {
    const place = idlePlace(figures)
    if (place === undefined) return []
    return figures
      .ids('ours')
      .filter((id) => id.startsWith('websocket-rs@'))
      .flatMap((ours) => {
        return WS.flatMap((name) => {
          const other = `${name}@${nodeOf(ours)}`
          const value = figures.ratio(place, ours, other, figure)
          return value === undefined
            ? []
            : [{ where: `${ours} against ${other}`, value, met: value.value <= bound }]
        })
      })
  }
}

function idleBytes(bound: number): Target['checks'] {
  return (figures) => {
    const place = idlePlace(figures)
    if (place === undefined) return []
    return figures
      .ids('ours')
      .filter((id) => id.startsWith('websocket-rs@'))
      .flatMap((ours) => {
        const value = figures.estimate(place, ours, 'rss')
        return value === undefined ? [] : [{ where: ours, value, met: value.value <= bound }]
      })
  }
}

/** A figure of ours over that with `busyPoll: false`; met where the interval does not lie above the bound. */
function asleepChecks(
  caseName: string,
  workloads: readonly Workload[],
  figure: string,
  bound = 1,
): Target['checks'] {
  return (figures) => {
    const places = figures.results.series.filter(
      (one) =>
        one.case === caseName && workloads.includes(one.workload) && /^websocket-rs@/.test(one.contender),
    )
    return places.flatMap((place) => {
      const other = place.contender.replace('@', '-no-busy-poll@')
      const value = figures.ratio(place, place.contender, other, figure)
      const where = `${place.workload} ${sizeName(place.size)}, ${place.contender}`
      return value === undefined ? [] : [{ where, value, met: value.low <= bound }]
    })
  }
}

function footprintCheck(values: (footprint: Footprint) => number[], bound: number): Target['checks'] {
  return ({ results }) => {
    const ours = results.footprints.find(({ id }) => id === 'websocket-rs')
    if (ours === undefined) return []
    const value = medianEstimate(values(ours))
    return [{ where: results.machine.system, value, met: value.value <= bound }]
  }
}

const WAITING = 'a slow peer, ten messages a second, an idle connection'
const BESIDE = 'timers beside messages under way, one or a hundred'
const NEIGHBOUR = "another process busy on the client's core"
const IDLE = 'memory of an idle connection, 10 000 open'
const OPENING = '10 000 connections'
const FOOTPRINT = 'loading and installing'
const atMost = (
  id: string,
  row: string,
  level: Target['level'],
  text: string,
  unit: Target['unit'],
  checks: Target['checks'],
): Target => ({ id, row, level, text, unit, sense: 'at most', checks })

/** All of them, in the order of the table. */
export const TARGETS: readonly Target[] = [
  ...ECHO_TARGETS.map(([id, row, level, text, comparison]) =>
    echoTarget({ id, row, level, text }, comparison),
  ),
  atMost(
    'waiting',
    WAITING,
    'must',
    'CPU as with `busyPoll: false`',
    'x',
    asleepChecks('waiting', ['slow', 'sparse', 'silent'], 'cpu'),
  ),
  atMost(
    'beside',
    BESIDE,
    'must',
    '99 of 100 intervals of 1 ms within 1.1x of those with `busyPoll: false`',
    'x',
    asleepChecks('loop', ['loopSingle', 'loop'], 'timer', 1.1),
  ),
  atMost(
    'neighbour',
    NEIGHBOUR,
    'must',
    'time as with `busyPoll: false`',
    'x',
    asleepChecks('neighbour', ['requestResponse', 'pipelined'], 'wall'),
  ),
  atMost('idle-ws', IDLE, 'must', 'less than `ws`', 'x', idleChecks('rss', 1)),
  atMost('idle-bytes', IDLE, 'aim', '≤ 8.9 KB', 'B', idleBytes(8900)),
  atMost('opening-time', OPENING, 'must', "≤ `ws`' time", 'x', idleChecks('wall', 1)),
  atMost('opening-memory', OPENING, 'must', "≤ `ws`' memory", 'x', idleChecks('total', 1)),
  atMost('opening-half-time', OPENING, 'aim', "half of `ws`' time", 'x', idleChecks('wall', 0.5)),
  atMost('opening-half-memory', OPENING, 'aim', "half of `ws`' memory", 'x', idleChecks('total', 0.5)),
  atMost(
    'import',
    FOOTPRINT,
    'must',
    'import in ≤ 15 ms',
    'ms',
    footprintCheck(({ importTime }) => importTime, 15),
  ),
  atMost(
    'size',
    FOOTPRINT,
    'must',
    '≤ 5 MB unpacked',
    'B',
    footprintCheck(({ bytes }) => [bytes], 5_000_000),
  ),
]

/** Whether a target is met in all its checks; undefined where nothing of it was measured. */
export function verdict(checks: readonly Check[]): boolean | undefined {
  return checks.length === 0 ? undefined : checks.every(({ met }) => met)
}

/** The check that is furthest from the target, of those that fail where any does. */
export function worstOf(target: Target, checks: readonly Check[]): Check | undefined {
  const direction = target.sense === 'at least' ? 1 : -1
  const failed = checks.filter(({ met }) => !met)
  return [...(failed.length > 0 ? failed : checks)].sort(
    (a, b) => direction * (a.value.value - b.value.value),
  )[0]
}
