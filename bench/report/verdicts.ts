/** The table of the targets, each met or not, with the reasons. */

import type { Check } from './comparison.js'
import type { Figures } from './figures.js'
import { figure } from './format.js'
import { TARGETS, type Target, verdict, worstOf } from './targets.js'

/** A sentence for each target that is not met, by its id. */
export type Reasons = Record<string, string>

function amount({ unit }: Target, value: number): string {
  if (unit === 'B' && value >= 100_000) return `${figure(value / 1e6)} MB`
  return unit === 'x' ? `${figure(value)}x` : `${figure(value)} ${unit}`
}

function measured(target: Target, checks: readonly Check[]): string {
  const worst = worstOf(target, checks)
  if (worst === undefined) return 'not measured'
  const { value, low, high } = worst.value
  const interval = `${amount(target, low)}–${amount(target, high)}`
  return `${amount(target, value)} (${interval}): ${worst.where}`
}

function outcome(checks: readonly Check[]): string {
  const result = verdict(checks)
  if (result === undefined) return '–'
  const met = checks.filter((check) => check.met).length
  return result ? 'met' : `**not met** (met in ${met} of ${checks.length} cells)`
}

function row(target: Target, checks: readonly Check[]): string {
  const { row: name, level, text } = target
  return `| ${name} | ${level} | ${text} | ${measured(target, checks)} | ${outcome(checks)} |`
}

function unmet(target: Target, checks: readonly Check[], reasons: Reasons): string[] {
  const failed = checks.filter((check) => !check.met)
  const unmeasured =
    checks.length === 0 ? 'Not measured in this run.' : 'No reason has been written down yet.'
  const title = `- **${target.row}: ${target.text}** (${target.level}). ${reasons[target.id] ?? unmeasured}`
  if (checks.length === 0) return [title]
  const cells = failed.map(({ where, value }) => `${where}: ${amount(target, value.value)}`)
  return [
    title,
    '',
    '  <details><summary>The cells</summary>',
    '',
    ...cells.map((cell) => `  - ${cell}`),
    '',
    '  </details>',
    '',
  ]
}

/** The table, and below it what is not met and why. */
export function verdicts(figures: Figures, reasons: Reasons): string[] {
  const all = TARGETS.map((target) => ({ target, checks: target.checks(figures) }))
  const open = all.filter(({ checks }) => verdict(checks) !== true)
  return [
    '| workload | | target | the worst cell (95 % interval) | |',
    '| --- | --- | --- | --- | --- |',
    ...all.map(({ target, checks }) => row(target, checks)),
    '',
    ...(open.length === 0 ? [] : ['### Not met, and why', '']),
    ...open.flatMap(({ target, checks }) => unmet(target, checks, reasons)),
  ]
}

/** Ids of targets that are measured, not met and without a reason; and of reasons nobody needs any more. */
export function reasonsAmiss(figures: Figures, reasons: Reasons): { missing: string[]; needless: string[] } {
  const failed = TARGETS.filter((target) => verdict(target.checks(figures)) === false).map(({ id }) => id)
  const met = TARGETS.filter((target) => verdict(target.checks(figures)) === true).map(({ id }) => id)
  return {
    missing: failed.filter((id) => reasons[id] === undefined),
    needless: met.filter((id) => reasons[id] !== undefined),
  }
}
