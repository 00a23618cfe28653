/** What a run leaves: everything that was measured, with what is needed to judge it. */

import type { About, Cell, Entry } from '../clients/job.js'
import type { Group } from './contenders.js'
import type { Machine } from './machine.js'
import type { Placement } from './placement.js'

/** One figure of each round; `null` in a round that failed. */
export type Figures = Record<string, (number | null)[]>

/** All rounds of one contender in one cell. */
export interface Series extends Cell {
  case: string
  server: string
  placement: Placement['name']
  contender: string
  /** `wall`, `cpu`, and whatever else the work has; see bench/report/figures.ts. */
  figures: Figures
}

/** A contender as it took part. */
export interface Participant extends About {
  id: string
  group: Group
  notOffered?: string
}

/** How a case was run. */
export interface CaseRun {
  name: string
  /** When it began, as the date of `Results`. */
  date: string
  rounds: number
  milliseconds: number
  /** Wall time of the case. */
  seconds: number
}

/** Import time and size of a package. */
export interface Footprint {
  id: string
  /** Of each round, in ms. */
  importTime: number[]
  /** Unpacked, with all it installs on this platform. */
  bytes: number
}

/** A job without an answer. */
export interface Failure {
  case: string
  placement: Placement['name']
  contender: string
  round: number
  reason: string
}

/** The whole of a run. */
export interface Results {
  date: string
  machine: Machine
  placements: Placement[]
  contenders: Participant[]
  servers: { name: string; about: string }[]
  cases: CaseRun[]
  series: Series[]
  footprints: Footprint[]
  failures: Failure[]
}

/** The numbers of an entry by name. */
export function flatten(entry: Entry): Record<string, number> {
  const { messages, latency, delay, ...rest } = entry
  return {
    ...(rest as Record<string, number>),
    ...(latency === null ? {} : { p50: latency.p50, p90: latency.p90, p99: latency.p99 }),
    ...(delay === undefined ? {} : { delayP50: delay.p50, delayP99: delay.p99 }),
  }
}

/** What everything in one file has in common. */
function commonTo({ machine, placements, contenders, servers }: Results): string {
  return JSON.stringify([machine, placements, contenders, servers])
}

/**
 * Takes over what an earlier run measured. Nothing, and `false`, where that was another machine, or others took
 * part: the cases would not stand beside each other.
 */
export function takeOver(results: Results, earlier: Results): boolean {
  if (commonTo(results) !== commonTo(earlier)) return false
  const { cases, series, failures, footprints } = earlier
  Object.assign(results, { cases, series, failures })
  if (results.footprints.length === 0) results.footprints = footprints
  return true
}

/** Puts a case that has been run in the place of what there was of it. */
export function putCase(
  results: Results,
  run: CaseRun,
  series: readonly Series[],
  failures: readonly Failure[],
): void {
  const isOther = (one: { case: string }) => one.case !== run.name
  results.cases = [...results.cases.filter(({ name }) => name !== run.name), run]
  results.series = [...results.series.filter(isOther), ...series]
  results.failures = [...results.failures.filter(isOther), ...failures]
}

/** Five significant digits are more than any of it has. */
function round(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(Number.isInteger(value) ? 15 : 5)) : value
}

/** JSON with a line for each series. */
export function serialise(results: Results): string {
  const { series, ...head } = results
  const lines = series.map((one) => JSON.stringify(one, round)).join(',\n    ')
  const start = JSON.stringify(head, round, 2).slice(0, -2)
  return `${start},\n  "series": [\n    ${lines}\n  ]\n}\n`
}
