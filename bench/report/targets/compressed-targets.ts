/** The targets of compressed connections: times, event loop delay and memory, compared with rivals that compress. */

import { compressed } from '../../cases/compressed.js'
import { compressedConnections } from '../../cases/compressed-connections.js'
import { compressedLoop } from '../../cases/compressed-loop.js'
import { compressedActive, compressedIdle } from '../../cases/compressed-memory.js'
import { BLOCKING_API, nodeOf, type Place, PROMISE_API, WEB_API, WS_API } from '../figures.js'
import { sizeName } from '../format.js'
import type { Estimate } from '../statistics.js'
import { type CaseComparison, compareCases } from './case-comparison.js'
import type { Target } from './target.js'

/** The rivals by name: `ws`, and both APIs of websockets for Python. */
const WS = 'ws'
const PYTHON = 'python-websockets'

/** Names `ws` on the same Node. */
const ws: CaseComparison['others'] = (ours) => [`${WS}@${nodeOf(ours)}`]
const python: CaseComparison['others'] = (_ours, figures) =>
  figures.ids('rival').filter((id) => id.startsWith(PYTHON))

function nameOf({ workload, size, connections }: Place): string {
  return `${workload} ${sizeName(size)}, ${connections} ${connections === 1 ? 'connection' : 'connections'}`
}

const ECHO = 'compressed echo of JSON, 1 KiB – 1 MiB, 1 and 100 connections'
const LOOP = 'event loop during a compressed echo'
const MEMORY = 'memory of a compressed connection'

/** Fails only if the whole interval is on the wrong side. */
const notSlower = ({ high }: Estimate) => high >= 1
const notLater = ({ low }: Estimate) => low <= 1
const twice = ({ value }: Estimate) => value >= 2
const half = ({ value }: Estimate) => value <= 0.5

const echo = {
  cases: [compressed.name, compressedConnections.name],
  apis: [PROMISE_API, BLOCKING_API, WS_API, WEB_API],
  figure: 'wall',
  nameOf,
  inverse: true,
} as const
const loop = { cases: [compressedLoop.name], apis: [PROMISE_API], figure: 'timer', nameOf } as const
const memory = {
  cases: [compressedIdle.name, compressedActive.name],
  apis: [PROMISE_API],
  figure: 'rss',
  nameOf,
} as const

const ofEcho = { subject: ECHO, unit: 'x', sense: 'at least' } as const
const ofLoop = {
  subject: LOOP,
  level: 'must',
  unit: 'x',
  sense: 'at most',
} as const
const ofMemory = {
  subject: MEMORY,
  level: 'must',
  unit: 'x',
  sense: 'at most',
} as const

const timersOf = (rival: string) => `99 % of the intervals of a 1 ms timer as with ${rival}`

export const COMPRESSED_TARGETS: readonly Target[] = [
  {
    ...ofEcho,
    id: 'compressed-ws',
    level: 'must',
    text: 'not slower than `ws`',
    checks: compareCases({ ...echo, others: ws, isMet: notSlower }),
  },
  {
    ...ofEcho,
    id: 'compressed-python',
    level: 'must',
    text: 'not slower than websockets for Python',
    checks: compareCases({ ...echo, others: python, isMet: notSlower }),
  },
  {
    ...ofEcho,
    id: 'compressed-ws-twice',
    level: 'aim',
    text: '≥ 2x `ws`',
    checks: compareCases({ ...echo, others: ws, isMet: twice }),
  },
  {
    ...ofLoop,
    id: 'compressed-loop-ws',
    text: timersOf('`ws`'),
    checks: compareCases({ ...loop, others: ws, isMet: notLater }),
  },
  {
    ...ofLoop,
    id: 'compressed-loop-python',
    text: timersOf('websockets for Python'),
    checks: compareCases({ ...loop, others: python, isMet: notLater }),
  },
  {
    ...ofMemory,
    id: 'compressed-memory-ws',
    text: '≤ half of `ws`',
    checks: compareCases({ ...memory, others: ws, isMet: half }),
  },
]
