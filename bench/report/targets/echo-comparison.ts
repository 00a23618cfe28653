/** Compares an API of websocket-rs with other contenders in many cells of the echo case. */

import type { Workload } from '../../clients/job.js'
import type { Placement } from '../../runner/placement.js'
import { echoPlace, type Figures, idsOfApi, nodeOf, type Place, PROMISE_API } from '../figures.js'
import { sizeName } from '../format.js'
import type { Estimate } from '../statistics.js'
import type { Check } from './target.js'

/** Returns the ids of the contenders to compare with in a cell. */
export type Others = (figures: Figures, place: Place, node: string | undefined) => (string | undefined)[]

/** The comparison of a target. */
export interface EchoComparison {
  /** Name of our adapter. */
  api: string
  workloads: readonly Workload[]
  sizes: readonly number[]
  /** The only placement. By default, all placements are compared. */
  placement?: Placement['name']
  others: Others
  bound: number
  /** `faster`: at least `bound` times as fast. `time`: at most `bound` times the time. */
  measure: 'faster' | 'time'
}

function placesOf({ workloads, sizes, placement }: EchoComparison, figures: Figures): Place[] {
  const names = figures.results.placements.map(({ name }) => name)
  const chosen = names.filter((name) => placement === undefined || name === placement)
  return chosen.flatMap((name) =>
    workloads.flatMap((workload) => sizes.map((size) => echoPlace(name, workload, size))),
  )
}

/** A bound of exactly 1 is met by a level cell: it fails only if the whole interval is on the wrong side. */
function isMet({ bound, measure }: EchoComparison, { value, low, high }: Estimate): boolean {
  if (measure === 'faster') return value >= bound || (bound === 1 && high >= 1)
  return value <= bound || (bound === 1 && low <= 1)
}

function checkCell(comparison: EchoComparison, figures: Figures, place: Place, ours: string): Check[] {
  const others = comparison.others(figures, place, nodeOf(ours)).filter((other) => other !== undefined)
  return others.flatMap((other) => {
    const [above, below] = comparison.measure === 'faster' ? [other, ours] : [ours, other]
    const value = figures.ratio(place, above, below)
    const where = `${place.workload} ${sizeName(place.size)}, ${place.placement}, ${ours} against ${other}`
    return value === undefined ? [] : [{ where, value, met: isMet(comparison, value) }]
  })
}

/** Returns the checks of all cells, for each Node. */
export function compareEchoes(comparison: EchoComparison, figures: Figures): Check[] {
  const all = idsOfApi(comparison.api, figures)
  return placesOf(comparison, figures).flatMap((place) =>
    all.flatMap((ours) => checkCell(comparison, figures, place, ours)),
  )
}

/** The variants of ws. */
export const WS = ['ws', 'ws-bufferutil']

export const fastestWs: Others = (figures, place, node) => {
  const variants = WS.map((name) => `${name}@${node}`)
  return [figures.fastest(place, variants)]
}
export const bun: Others = () => ['bun']
export const floor: Others = (figures) => figures.ids('floor')
export const rivals: Others = (figures) => figures.ids('rival')
export const python: Others = (figures) => figures.ids('rival').filter((id) => id.startsWith('python-'))
/** websocket-rs for Python, the ancestor. */
export const pythonOurs: Others = (figures) =>
  figures.ids('rival').filter((id) => id.startsWith('python-websocket_rs_'))
export const promiseApi: Others = (_figures, _place, node) => [`${PROMISE_API}@${node}`]
