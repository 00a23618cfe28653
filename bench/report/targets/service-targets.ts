/** The targets for services: many active connections, opening and closing, and servers of other code bases. */

import { connect } from '../../cases/connect.js'
import { connections } from '../../cases/connections.js'
import { servers } from '../../cases/servers.js'
import { BLOCKING_API, nodeOf, type Place, PROMISE_API, WS_API } from '../figures.js'
import { sizeName } from '../format.js'
import type { Estimate } from '../statistics.js'
import { type CaseComparison, compareCases } from './case-comparison.js'
import { fastestWs } from './echo-comparison.js'
import type { Target } from './target.js'

type Others = CaseComparison['others']
type Naming = [id: string, level: Target['level'], text: string]

const ws: Others = (ours, figures, place) => fastestWs(figures, place, nodeOf(ours))
const bun: Others = () => ['bun']
const floor: Others = (_ours, figures) => figures.ids('floor')
const rivals: Others = (_ours, figures) => figures.ids('rival')
const python: Others = (_ours, figures) => figures.ids('rival').filter((id) => id.startsWith('python-'))

function nameOf({ case: name, server, placement, workload, size, connections: count }: Place): string {
  const message = size === 0 ? workload : `${workload} ${sizeName(size)}`
  const onServer = name === servers.name ? `, server ${server}` : ''
  return `${message}${count === 1 ? '' : `, ${count} connections`}${onServer}, ${placement}`
}

const atMost =
  (bound: number) =>
  ({ value }: Estimate) =>
    value <= bound
/** Fail only if the whole interval is on the wrong side. */
const notMore = ({ low }: Estimate) => low <= 1
const notSlower = ({ high }: Estimate) => high >= 1

type Comparison = Pick<CaseComparison, 'apis' | 'others' | 'figure' | 'isMet' | 'inverse'>

/** Makes the targets of a case. */
function targetsOf(subject: string, caseName: string) {
  return ([id, level, text]: Naming, comparison: Comparison): Target => {
    const checks = compareCases({ cases: [caseName], nameOf, ...comparison })
    const sense = comparison.inverse ? 'at least' : 'at most'
    return { id, subject, level, text, unit: 'x', sense, checks }
  }
}

const many = targetsOf('echo on 100 and 1000 connections', connections.name)
const opening = targetsOf('opening and closing a connection, promise API', connect.name)
const elsewhere = targetsOf('echo on servers of other code bases', servers.name)

const cpu = { apis: [PROMISE_API, WS_API], figure: 'cpu' } as const
const wall = { apis: [PROMISE_API], figure: 'wall' } as const

export const SERVICE_TARGETS: readonly Target[] = [
  many(['many-bun', 'must', 'CPU time ≤ 1.1x Bun'], { ...cpu, others: bun, isMet: atMost(1.1) }),
  many(['many-bun-ahead', 'aim', 'CPU time not more than Bun'], { ...cpu, others: bun, isMet: notMore }),
  many(['many-floor', 'aim', 'CPU time ≤ 1.2x the floor'], { ...cpu, others: floor, isMet: atMost(1.2) }),
  many(['many-python', 'must', 'not slower than any Python client'], {
    ...wall,
    others: python,
    isMet: notSlower,
    inverse: true,
  }),
  opening(['connect-bun', 'must', '≤ 1.3x the time of Bun'], { ...wall, others: bun, isMet: atMost(1.3) }),
  opening(['connect-ws', 'must', '≤ half the time of `ws`'], { ...wall, others: ws, isMet: atMost(0.5) }),
  elsewhere(['servers-rivals', 'must', 'not slower than any rival'], {
    ...wall,
    apis: [PROMISE_API, BLOCKING_API],
    others: rivals,
    isMet: notSlower,
    inverse: true,
  }),
]
