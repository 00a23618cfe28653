/** Compares the time of a contender with an API of websocket-rs in one cell. */

import type { Figures, Place } from './figures.js'
import { figure } from './format.js'
import type { Estimate } from './statistics.js'

/** The time of a contender divided by that of websocket-rs. */
export interface Comparison {
  ratio: Estimate
  /** `ahead` or `behind` if the whole interval says so, or else `level`. */
  relation: 'ahead' | 'behind' | 'level'
}

/** Compares a contender with one of ours. Returns `undefined` if they are the same, or if either was not measured. */
export function compareTimes(
  place: Place,
  contender: string,
  ours: string | undefined,
  figures: Figures,
): Comparison | undefined {
  if (ours === undefined || ours === contender) return undefined
  const ratio = figures.ratio(place, contender, ours)
  if (ratio === undefined) return undefined
  if (ratio.low <= 1 && ratio.high >= 1) return { ratio, relation: 'level' }
  return { ratio, relation: ratio.high < 1 ? 'ahead' : 'behind' }
}

/** Formats how many times the time of websocket-rs a contender takes, in bold if it is a rival that is faster. */
export function times({ ratio, relation }: Comparison, isRival: boolean): string {
  const factor = `${figure(ratio.value)}x`
  if (relation === 'ahead' && isRival) return `**${factor}: faster**`
  return relation === 'level' ? `${factor}, level` : factor
}
