/** The opening of docs/benchmarks.md: one chart and one table of the best known clients in a few cells. */

import type { Workload } from '../clients/job.js'
import type { Participant } from '../runner/results.js'
import type { Bar, Chart } from './chart.js'
import { compareTimes, times } from './comparison.js'
import {
  BLOCKING_API,
  echoPlace,
  type Figures,
  PROMISE_API,
  referenceFor,
  WEB_API,
  WS_API,
} from './figures.js'
import { sizeName, withInterval } from './format.js'

/** The contenders of the summary, by id without the Node. Of several Nodes, the newest is shown. */
const NAMES: Record<string, string> = {
  [PROMISE_API]: 'websocket-rs, promise API',
  [BLOCKING_API]: 'websocket-rs, blocking API',
  [WS_API]: 'websocket-rs, ws API',
  [WEB_API]: 'websocket-rs, web API',
  ws: 'ws',
  'ws-bufferutil': 'ws with bufferutil',
  global: 'undici (global WebSocket)',
  bun: 'Bun',
  'python-websocket_rs_async': 'websocket-rs for Python, asyncio',
  'python-websocket_rs_sync': 'websocket-rs for Python, blocking',
}

const CELLS: readonly (readonly [name: string, workload: Workload, size: number])[] = [
  ['pipelined', 'pipelined', 512],
  ['request-response', 'requestResponse', 512],
  ['pipelined', 'pipelined', 65_536],
  ['request-response', 'requestResponse', 65_536],
]

const PLACEMENTS = {
  'two cores': 'client and server on two cores',
  'one core': 'client and server on one core',
  unpinned: 'not pinned to cores',
} as const

interface Shown {
  name: string
  contender: Participant
}

function shown({ results }: Figures): Shown[] {
  return Object.entries(NAMES).flatMap(([adapter, name]) => {
    const contender = results.contenders.filter(({ id }) => id.replace(/@.*/, '') === adapter).at(-1)
    return contender === undefined ? [] : [{ name, contender }]
  })
}

/** The placements that were measured, two cores first. */
function placementsOf({ results }: Figures): (keyof typeof PLACEMENTS)[] {
  const measured = results.placements.map(({ name }) => name)
  return (['two cores', 'one core', 'unpinned'] as const).filter((name) => measured.includes(name))
}

function columnName([name, , size]: (typeof CELLS)[number]): string {
  return `${name}, ${sizeName(size)}`
}

function barsOf(figures: Figures): Bar[] {
  return placementsOf(figures).flatMap((placement) =>
    CELLS.flatMap((column) => {
      const [, workload, size] = column
      return shown(figures).flatMap(({ name, contender: { id, group } }) => {
        const wall = figures.estimate(echoPlace(placement, workload, size), id)
        if (wall === undefined) return []
        const { value, low, high } = wall
        const place = { row: placement, column: columnName(column) }
        return [{ contender: name, group, ...place, wall: value, low, high }]
      })
    }),
  )
}

/** Returns the chart of the summary, or nothing if none of its cells was measured. */
export function summaryCharts(figures: Figures): Chart[] {
  const bars = barsOf(figures)
  return bars.length === 0 ? [] : [{ file: 'summary.svg', title: 'Time per message of an echo', bars }]
}

function row({ name, contender }: Shown, placement: keyof typeof PLACEMENTS, figures: Figures): string {
  const { id, version, runtime, group } = contender
  const cells = CELLS.map(([, workload, size]) => {
    const place = echoPlace(placement, workload, size)
    const wall = figures.estimate(place, id)
    if (wall === undefined) return ''
    const compared = compareTimes(place, id, referenceFor(id, figures), figures)
    const factor = compared === undefined ? '' : `<br>${times(compared, group === 'rival')}`
    return `${withInterval(wall)}${factor}`
  })
  return `| ${name} | ${version} | ${runtime.split(',')[0]} | ${cells.join(' | ')} |`
}

/** Returns the table of the summary. */
export function summaryTable(figures: Figures): string[] {
  return [
    `| client | version | on | ${CELLS.map(columnName).join(' | ')} |`,
    `| --- | --- | --- |${' --- |'.repeat(CELLS.length)}`,
    ...placementsOf(figures).flatMap((placement) => [
      `| **${PLACEMENTS[placement]}** | | |${' |'.repeat(CELLS.length)}`,
      ...shown(figures).map((one) => row(one, placement, figures)),
    ]),
    '',
  ]
}
