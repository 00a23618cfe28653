/** The targets of the `ws` API and the web API: times compared with what they replace, and with the promise API. */

import { connect } from '../../cases/connect.js'
import { connections } from '../../cases/connections.js'
import { echo } from '../../cases/echo.js'
import { idle } from '../../cases/idle.js'
import { loopWork } from '../../cases/loop-work.js'
import { oneWay } from '../../cases/one-way.js'
import { servers } from '../../cases/servers.js'
import { sink } from '../../cases/sink.js'
import { source } from '../../cases/source.js'
import { text } from '../../cases/text.js'
import { tls } from '../../cases/tls.js'
import { nodeOf, type Place, PROMISE_API, WEB_API, WS_API } from '../figures.js'
import { sizeName } from '../format.js'
import type { Estimate } from '../statistics.js'
import { type CaseComparison, compareCases } from './case-comparison.js'
import { fastestWs } from './echo-comparison.js'
import type { Target } from './target.js'

type Others = CaseComparison['others']

/** Cases in which both the callback and the promise APIs do the same. */
const PLAIN = [echo, text, connections, tls, oneWay, source, sink, connect, idle, servers].map(
  ({ name }) => name,
)
const TIMED = [...PLAIN, loopWork.name]

/** How much longer a callback API may take than the promise API. */
const TOLERANCE = 1.05
/** How many times as fast as `ws` small messages have to be. */
const SMALL_FACTOR = 5

const ws: Others = (ours, figures, place) => fastestWs(figures, place, nodeOf(ours))
const undici: Others = (ours) => ['undici', 'global'].map((name) => `${name}@${nodeOf(ours)}`)
const bun: Others = () => ['bun']
const promiseApi: Others = (ours) => [`${PROMISE_API}@${nodeOf(ours)}`]

function isSmallPipelined({ workload, size }: Place): boolean {
  return (workload === 'pipelined' || workload === 'burst') && size <= 512
}

function nameOf({ case: name, server, placement, workload, size, connections: count }: Place): string {
  const message = size === 0 ? workload : `${workload} ${sizeName(size)}`
  return [
    `${name}: ${message}`,
    ...(count === 1 ? [] : [`${count} connections`]),
    ...(name === servers.name ? [`server ${server}`] : []),
    placement,
  ].join(', ')
}

const ahead = ({ value }: Estimate) => value > 1
/** Fails only if the whole interval is beyond the tolerance. */
const level = ({ low }: Estimate) => low <= TOLERANCE

function faster(
  [id, api, subject]: [id: string, api: string, subject: string],
  name: string,
  others: Others,
  more: Partial<CaseComparison> = {},
): Target {
  const comparison = { cases: TIMED, apis: [api], others, nameOf, figure: 'wall', isMet: ahead, ...more }
  const checks = compareCases({ ...comparison, inverse: true })
  return { id, subject, level: 'must', text: name, unit: 'x', sense: 'at least', checks }
}

function asFast([id, api, subject]: [id: string, api: string, subject: string]): Target {
  const checks = compareCases({
    cases: PLAIN,
    apis: [api],
    others: promiseApi,
    nameOf,
    figure: 'wall',
    isMet: level,
  })
  const name = `≤ ${TOLERANCE}x the time of the promise API`
  return { id, subject, level: 'must', text: name, unit: 'x', sense: 'at most', checks }
}

const WS_SUBJECT = '`ws` API, all cases about time'
const WEB_SUBJECT = 'web API, all cases about time'
const SMALL_SUBJECT = '`ws` API, echo, pipelined and burst, 64–512 B'

export const CALLBACK_TARGETS: readonly Target[] = [
  faster(['ws-api-ws', WS_API, WS_SUBJECT], 'faster than `ws`', ws),
  faster(['ws-api-small', WS_API, SMALL_SUBJECT], `≥ ${SMALL_FACTOR}x \`ws\``, ws, {
    cases: [echo.name],
    includes: isSmallPipelined,
    isMet: ({ value }) => value >= SMALL_FACTOR,
  }),
  asFast(['ws-api-promise', WS_API, WS_SUBJECT]),
  faster(['web-api-undici', WEB_API, WEB_SUBJECT], 'faster than undici', undici),
  faster(['web-api-bun', WEB_API, WEB_SUBJECT], 'faster than Bun', bun),
  asFast(['web-api-promise', WEB_API, WEB_SUBJECT]),
]
