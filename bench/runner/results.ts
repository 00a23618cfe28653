/** The results of a run: every sample, with machine, versions and settings. */

import type { About, Cell, Entry } from '../clients/job.js'
import type { Group } from './contenders.js'
import type { Machine } from './machine.js'
import type { Placement } from './placement.js'

/** The samples of each figure, one per round; `null` if the round failed. */
export type Samples = Record<string, (number | null)[]>

/** The samples of one contender in one cell. */
export interface Series extends Cell {
  case: string
  server: string
  placement: Placement['name']
  contender: string
  /** `wall`, `cpu`, and further figures of the workload, named as `flatten` names them. */
  figures: Samples
}

/** A contender with its versions. */
export interface Participant extends About {
  id: string
  group: Group
  notOffered?: string
}

/** The settings of a case that was run. */
export interface CaseRun {
  name: string
  /** Start time, in ISO 8601. */
  date: string
  rounds: number
  milliseconds: number
  /** Duration of the case. */
  seconds: number
}

/** Load time and size of a package. */
export interface Footprint {
  id: string
  /** Load time of each round, in ms. */
  importTime: number[]
  /** Unpacked size with all dependencies on this platform. */
  bytes: number
}

/** A job that failed. */
export interface Failure {
  case: string
  placement: Placement['name']
  contender: string
  round: number
  reason: string
}

/** The results of a run. */
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

/** Returns the figures of an entry by name. */
export function flatten(entry: Entry): Record<string, number> {
  const { messages, latency, delay, ...rest } = entry
  return {
    ...(rest as Record<string, number>),
    ...(latency === null ? {} : { p50: latency.p50, p90: latency.p90, p99: latency.p99 }),
    ...(delay === undefined ? {} : { delayP50: delay.p50, delayP99: delay.p99, delayMax: delay.max }),
  }
}

/** Returns what all cases of a file share. */
function commonTo({ machine, placements, contenders, servers }: Results): string {
  return JSON.stringify([machine, placements, contenders, servers])
}

/**
 * Keeps the cases of an earlier run. Returns `false` and keeps nothing if machine, contenders or versions differ, as
 * the cases could not be compared.
 */
export function keepCases(results: Results, earlier: Results): boolean {
  if (commonTo(results) !== commonTo(earlier)) return false
  const { cases, series, failures, footprints } = earlier
  Object.assign(results, { cases, series, failures })
  if (results.footprints.length === 0) results.footprints = footprints
  return true
}

/** Replaces the results of a case. */
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

/** Rounds to five significant digits, which is finer than any spread. */
function round(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(Number.isInteger(value) ? 15 : 5)) : value
}

/** Returns JSON with one line per series. */
export function serialise(results: Results): string {
  const { series, ...head } = results
  const lines = series.map((one) => JSON.stringify(one, round)).join(',\n    ')
  const start = JSON.stringify(head, round, 2).slice(0, -2)
  return `${start},\n  "series": [\n    ${lines}\n  ]\n}\n`
}
