/** Compares a figure of our APIs with that of other contenders in all cells of some cases. */

import { type Figures, idsOfApi, type Place } from '../figures.js'
import type { Estimate } from '../statistics.js'
import type { Check, Target } from './target.js'

/** The comparison of a target. */
export interface CaseComparison {
  cases: readonly string[]
  /** Names of our adapters. */
  apis: readonly string[]
  /** Returns the ids of the contenders that one of ours is compared with. */
  others(ours: string, figures: Figures, place: Place): readonly (string | undefined)[]
  /** Whether a place is compared. By default all places of the cases are. */
  includes?(place: Place): boolean
  /** Returns the name of a place in a check. */
  nameOf(place: Place): string
  figure: string
  isMet(value: Estimate): boolean
  /** The ratio is that of the other to ours. By default it is that of ours to the other. */
  inverse?: true
}

function check(comparison: CaseComparison, figures: Figures, place: Place, ours: string): Check[] {
  const others = comparison.others(ours, figures, place).filter((other) => other !== undefined)
  return others.flatMap((other): Check[] => {
    const [above, below] = comparison.inverse ? [other, ours] : [ours, other]
    const value = figures.ratio(place, above, below, comparison.figure)
    const where = `${comparison.nameOf(place)}, ${ours} against ${other}`
    return value === undefined ? [] : [{ where, value, met: comparison.isMet(value) }]
  })
}

/** Returns the checks of all cells, for each Node. */
export function compareCases(comparison: CaseComparison): Target['checks'] {
  return (figures) => {
    const { cases, apis, includes } = comparison
    const places = figures
      .places()
      .filter((place) => cases.includes(place.case) && (includes?.(place) ?? true))
    const all = apis.flatMap((api) => idsOfApi(api, figures))
    return places.flatMap((place) => all.flatMap((ours) => check(comparison, figures, place, ours)))
  }
}
