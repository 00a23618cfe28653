/** The targets of compressed connections: times, event loop delay and memory, compared with rivals that compress. */

import { compressed } from '../../cases/compressed.js'
import { compressedConnections } from '../../cases/compressed-connections.js'
import { compressedLoop } from '../../cases/compressed-loop.js'
import { compressedActive, compressedIdle } from '../../cases/compressed-memory.js'
import { BLOCKING_API, type Figures, idsOfApi, nodeOf, type Place, PROMISE_API } from '../figures.js'
import { sizeName } from '../format.js'
import type { Estimate } from '../statistics.js'
import type { Check, Target } from './target.js'

/** The rivals by name: `ws`, and both APIs of websockets for Python. */
const WS = 'ws'
const PYTHON = 'python-websockets'

/** A figure of ours compared with that of a rival. */
interface Comparison {
  cases: readonly string[]
  apis: readonly string[]
  rival: string
  figure: string
  isMet(value: Estimate): boolean
  /** The ratio is that of the rival to ours. By default it is that of ours to the rival. */
  inverse?: true
}

function rivalsOf({ rival }: Comparison, ours: string, figures: Figures): string[] {
  const names = rival === WS ? [`${WS}@${nodeOf(ours)}`] : []
  return figures.ids('rival').filter((id) => names.includes(id) || (rival === PYTHON && id.startsWith(rival)))
}

function nameOf({ workload, size, connections }: Place): string {
  return `${workload} ${sizeName(size)}, ${connections} ${connections === 1 ? 'connection' : 'connections'}`
}

function compare(comparison: Comparison): Target['checks'] {
  const { cases, apis, figure, isMet, inverse } = comparison
  return (figures) => {
    const places = figures.places().filter((place) => cases.includes(place.case))
    const all = apis.flatMap((api) => idsOfApi(api, figures))
    return places.flatMap((place) =>
      all.flatMap((ours) =>
        rivalsOf(comparison, ours, figures).flatMap((other): Check[] => {
          const [above, below] = inverse ? [other, ours] : [ours, other]
          const value = figures.ratio(place, above, below, figure)
          const where = `${nameOf(place)}, ${ours} against ${other}`
          return value === undefined ? [] : [{ where, value, met: isMet(value) }]
        }),
      ),
    )
  }
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
  apis: [PROMISE_API, BLOCKING_API],
  figure: 'wall',
  inverse: true,
} as const
const loop = { cases: [compressedLoop.name], apis: [PROMISE_API], figure: 'timer' } as const
const memory = {
  cases: [compressedIdle.name, compressedActive.name],
  apis: [PROMISE_API],
  figure: 'rss',
} as const

const ofEcho = { subject: ECHO, unit: 'x', sense: 'at least', needs: compressed.name } as const
const ofLoop = {
  subject: LOOP,
  level: 'must',
  unit: 'x',
  sense: 'at most',
  needs: compressedLoop.name,
} as const
const ofMemory = {
  subject: MEMORY,
  level: 'must',
  unit: 'x',
  sense: 'at most',
  needs: compressedIdle.name,
} as const

const timersOf = (rival: string) => `99 % of the intervals of a 1 ms timer as with ${rival}`

export const COMPRESSED_TARGETS: readonly Target[] = [
  {
    ...ofEcho,
    id: 'compressed-ws',
    level: 'must',
    text: 'not slower than `ws`',
    checks: compare({ ...echo, rival: WS, isMet: notSlower }),
  },
  {
    ...ofEcho,
    id: 'compressed-python',
    level: 'must',
    text: 'not slower than websockets for Python',
    checks: compare({ ...echo, rival: PYTHON, isMet: notSlower }),
  },
  {
    ...ofEcho,
    id: 'compressed-ws-twice',
    level: 'aim',
    text: '≥ 2x `ws`',
    checks: compare({ ...echo, rival: WS, isMet: twice }),
  },
  {
    ...ofLoop,
    id: 'compressed-loop-ws',
    text: timersOf('`ws`'),
    checks: compare({ ...loop, rival: WS, isMet: notLater }),
  },
  {
    ...ofLoop,
    id: 'compressed-loop-python',
    text: timersOf('websockets for Python'),
    checks: compare({ ...loop, rival: PYTHON, isMet: notLater }),
  },
  {
    ...ofMemory,
    id: 'compressed-memory-ws',
    text: '≤ half of `ws`',
    checks: compare({ ...memory, rival: WS, isMet: half }),
  },
]
