/** The type of a target and how its checks are judged. */

import type { Figures } from '../figures.js'
import type { Estimate } from '../statistics.js'

/** One cell in which a target is checked. */
export interface Check {
  where: string
  value: Estimate
  met: boolean
}

/** A target of the project, a row of bench/TARGETS.md. */
export interface Target {
  id: string
  /** What it is about; several targets may share a subject. */
  subject: string
  level: 'must' | 'aim'
  text: string
  unit: 'x' | 'B' | 'ms'
  /** Whether the worst value is the smallest or the largest. */
  sense: 'at least' | 'at most'
  /** Returns nothing if the results lack the case or a contender. */
  checks(figures: Figures): Check[]
}

/** Returns whether all checks of a target are met, or `undefined` if nothing was measured. */
export function verdict(checks: readonly Check[]): boolean | undefined {
  return checks.length === 0 ? undefined : checks.every(({ met }) => met)
}

/** Returns the worst check: of those that fail, or else of all. */
export function worstOf(target: Target, checks: readonly Check[]): Check | undefined {
  const direction = target.sense === 'at least' ? 1 : -1
  const failed = checks.filter(({ met }) => !met)
  return [...(failed.length > 0 ? failed : checks)].sort(
    (a, b) => direction * (a.value.value - b.value.value),
  )[0]
}
