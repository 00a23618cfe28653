/** The section of docs/benchmarks.md about the cells in which a rival is faster than websocket-rs, with the reasons. */

import type { Workload } from '../clients/job.js'
import { type Comparison, compareTimes, times } from './comparison.js'
import { BLOCKING_API, type Figures, idsOfApi, nodeOf, type Place, PROMISE_API } from './figures.js'
import { sizeName } from './format.js'

/** The reason for some losses, as losses.json has it. A loss belongs to the first reason that matches. */
export interface LossReason {
  title: string
  case: string
  /** By default, all of the case. */
  workloads?: Workload[]
  placement?: Place['placement']
  minSize?: number
  maxSize?: number
  reason: string
}

/** A cell in which a rival is ahead of at least one API on one Node. */
interface Loss {
  place: Place
  rival: string
  node: string | undefined
  promise: Comparison | undefined
  blocking: Comparison | undefined
}

interface Compared {
  losses: Loss[]
  /** The number of comparisons of a rival in one cell with websocket-rs on one Node. */
  total: number
}

/** Whether a place is about wall time; the case `waiting` is about CPU time. */
function isTimed(place: Place): boolean {
  return place.case !== 'waiting'
}

/** Compares a rival on Node with websocket-rs on the same Node, and any other rival with websocket-rs on each Node. */
function compareCell(place: Place, rival: string, figures: Figures): Loss[] {
  const all = idsOfApi(PROMISE_API, figures).map(nodeOf)
  const nodes = nodeOf(rival) === undefined ? all : [nodeOf(rival)]
  return nodes.flatMap((node) => {
    const promise = compareTimes(place, rival, `${PROMISE_API}@${node}`, figures)
    const blocking = compareTimes(place, rival, `${BLOCKING_API}@${node}`, figures)
    return promise === undefined && blocking === undefined ? [] : [{ place, rival, node, promise, blocking }]
  })
}

function compareAll(figures: Figures): Compared {
  const rivals = figures.ids('rival')
  const places = figures.places().filter(isTimed)
  const all = places.flatMap((place) => rivals.flatMap((rival) => compareCell(place, rival, figures)))
  const isLoss = ({ promise, blocking }: Loss) =>
    promise?.relation === 'ahead' || blocking?.relation === 'ahead'
  return { losses: all.filter(isLoss), total: all.length }
}

function matches(reason: LossReason, { place }: Loss): boolean {
  return (
    reason.case === place.case &&
    (reason.workloads?.includes(place.workload) ?? true) &&
    (reason.placement ?? place.placement) === place.placement &&
    place.size >= (reason.minSize ?? 0) &&
    place.size <= (reason.maxSize ?? Number.POSITIVE_INFINITY)
  )
}

function row({ place, rival, node, promise, blocking }: Loss, namesServer: boolean): string {
  const cell = [place.workload, ...(place.size === 0 ? [] : [sizeName(place.size)])].join(' ')
  const server = namesServer ? `, server ${place.server}` : ''
  const against = [promise, blocking].map((one) => (one === undefined ? '–' : times(one, true)))
  return `  | ${cell}, ${place.placement}${server} | ${rival} | ${node} | ${against.join(' | ')} |`
}

function group(title: string, reason: string, losses: readonly Loss[]): string[] {
  if (losses.length === 0) return []
  const namesServer = new Set(losses.map(({ place }) => place.server)).size > 1
  const cells = losses.length === 1 ? 'the cell' : `${losses.length} cells`
  return [
    `- **${title}.** ${reason}`,
    '',
    `  <details><summary>${cells}</summary>`,
    '',
    '  | cell | rival | websocket-rs on | against the promise API | against the blocking API |',
    '  | --- | --- | --- | --- | --- |',
    ...losses.map((loss) => row(loss, namesServer)),
    '',
    '  </details>',
    '',
  ]
}

/** Splits the losses by reason. The last group has the losses without one. */
function byReason(losses: readonly Loss[], reasons: readonly LossReason[]): Loss[][] {
  const groups: Loss[][] = Array.from({ length: reasons.length + 1 }, () => [])
  for (const loss of losses) {
    const found = reasons.findIndex((reason) => matches(reason, loss))
    groups.at(found)?.push(loss)
  }
  return groups
}

/** Returns the section. */
export function lossesSection(figures: Figures, reasons: readonly LossReason[]): string[] {
  const { losses, total } = compareAll(figures)
  const groups = byReason(losses, reasons)
  return [
    '## Where a rival is faster',
    '',
    `In ${losses.length} of ${total} comparisons of a rival with websocket-rs on one Node in one cell, the rival takes less time than`,
    'the promise API or the blocking API, and the whole interval says so. The factor is the time of the rival divided by',
    'that of websocket-rs.',
    '',
    ...reasons.flatMap(({ title, reason }, index) => group(title, reason, groups[index] ?? [])),
    ...group('Other cells', 'No reason has been recorded.', groups.at(-1) ?? []),
  ]
}

/** Returns the titles of the reasons that no loss needs, and whether there is a loss without a reason. */
export function reviewLossReasons(
  figures: Figures,
  reasons: readonly LossReason[],
): { missing: boolean; needless: string[] } {
  const groups = byReason(compareAll(figures).losses, reasons)
  const needless = reasons.filter((_, index) => groups[index]?.length === 0)
  return { missing: groups.at(-1)?.length !== 0, needless: needless.map(({ title }) => title) }
}
