/** How the targets compare one of our faces with others, in many cells of the echo case. */

import type { Workload } from '../clients/job.js'
import type { Placement } from '../runner/placement.js'
import { echoPlace, type Figures, nodeOf, type Place } from './figures.js'
import type { Estimate } from './statistics.js'

/** One comparison behind a target. */
export interface Check {
  where: string
  value: Estimate
  met: boolean
}

/** Whom a face is compared with in a cell: one, or more. */
export type Others = (figures: Figures, place: Place, node: string | undefined) => (string | undefined)[]

/** A row of the table, as far as it is about echoes. */
export interface Comparison {
  face: string
  workloads: readonly Workload[]
  sizes: readonly number[]
  /** All placements that were measured, or one. */
  placement?: Placement['name']
  others: Others
  bound: number
  /** `faster`: so many times as fast, at least. `time`: so many times the time, at most. */
  measure: 'faster' | 'time'
}

function placesOf({ workloads, sizes, placement }: Comparison, figures: Figures): Place[] {
  const names = figures.results.placements.map(({ name }) => name)
  const chosen = names.filter((name) => placement === undefined || name === placement)
  return chosen.flatMap((name) =>
    workloads.flatMap((workload) => sizes.map((size) => echoPlace(name, workload, size))),
  )
}

/** A value that has to reach exactly 1 may be level: it fails where the whole interval is on the wrong side. */
function isMet({ bound, measure }: Comparison, { value, low, high }: Estimate): boolean {
  if (measure === 'faster') return value >= bound || (bound === 1 && high >= 1)
  return value <= bound || (bound === 1 && low <= 1)
}

function checkCell(comparison: Comparison, figures: Figures, place: Place, ours: string): Check[] {
  const others = comparison.others(figures, place, nodeOf(ours)).filter((other) => other !== undefined)
  return others.flatMap((other) => {
    const [above, below] = comparison.measure === 'faster' ? [other, ours] : [ours, other]
    const value = figures.ratio(place, above, below)
    const where = `${place.workload} ${place.size} B, ${place.placement}, ${ours} against ${other}`
    return value === undefined ? [] : [{ where, value, met: isMet(comparison, value) }]
  })
}

/** All cells of a row, for our face on each Node. */
export function compare(comparison: Comparison, figures: Figures): Check[] {
  const faces = figures.ids('ours').filter((id) => id.startsWith(`${comparison.face}@`))
  const places = placesOf(comparison, figures)
  return places.flatMap((place) => faces.flatMap((ours) => checkCell(comparison, figures, place, ours)))
}

/** The variants of ws. */
export const WS = ['ws', 'ws-bufferutil']

export const fastestWs: Others = (figures, place, node) => [
  figures.fastest(
    place,
    WS.map((name) => `${name}@${node}`),
  ),
]
export const wsWithBufferutil: Others = (_figures, _place, node) => [`ws-bufferutil@${node}`]
export const bun: Others = () => ['bun']
export const floor: Others = (figures) => figures.ids('floor')
export const rivals: Others = (figures) => figures.ids('rival')
export const python: Others = (figures) => figures.ids('rival').filter((id) => id.startsWith('python-'))
export const asyncFace: Others = (_figures, _place, node) => [`websocket-rs@${node}`]
