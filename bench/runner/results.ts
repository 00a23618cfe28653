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
  /** The contenders of this run, if others of the case were measured in another one. */
  contenders?: string[]
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

/** Whether two runs used the same machine in the same way. */
function isSameMachine(one: Results, other: Results): boolean {
  const [here, there] = [one, other].map(({ machine, placements }) => JSON.stringify([machine, placements]))
  return here === there
}

/** Returns the ids of contenders of both runs that have another version now. */
function changedIds(results: Results, earlier: Results): string[] {
  const now = new Map(results.contenders.map((one) => [one.id, one]))
  const isChanged = (one: Participant) => {
    const { version, runtime } = now.get(one.id) ?? one
    return version !== one.version || runtime !== one.runtime
  }
  return earlier.contenders.filter(isChanged).map(({ id }) => id)
}

/** Returns all items of both lists, of equal keys the first one. */
function united<T>(first: readonly T[], second: readonly T[], keyOf: (item: T) => string): T[] {
  return [...new Map([...second, ...first].map((item) => [keyOf(item), item])).values()]
}

/**
 * Keeps the results of an earlier run on the same machine, except those of contenders that have another version now.
 *
 * @param order ids of contenders in the order of the reports
 * @returns the ids of the contenders whose results are not kept, or `undefined` if that was another machine
 */
export function keepEarlier(
  results: Results,
  earlier: Results,
  order: readonly string[],
): string[] | undefined {
  if (!isSameMachine(results, earlier)) return undefined
  const changed = changedIds(results, earlier)
  const isKept = ({ contender }: { contender: string }) => !changed.includes(contender)
  const contenders = united(results.contenders, earlier.contenders, ({ id }) => id)
  results.contenders = contenders.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id))
  results.servers = united(results.servers, earlier.servers, ({ name }) => name)
  results.series = earlier.series.filter(isKept)
  results.failures = earlier.failures.filter(isKept)
  results.cases = earlier.cases.filter(({ name }) => results.series.some((one) => one.case === name))
  if (results.footprints.length === 0) results.footprints = earlier.footprints
  return changed
}

/** Returns the earlier runs of a case that still have results, each with its contenders. */
function remaining(runs: readonly CaseRun[], left: readonly string[]): CaseRun[] {
  return runs.flatMap((run) => {
    const contenders = (run.contenders ?? left).filter((id) => left.includes(id))
    return contenders.length === 0 ? [] : [{ ...run, contenders }]
  })
}

/** Replaces the results of the contenders of a case that were run again. */
export function putCase(
  results: Results,
  run: CaseRun,
  series: readonly Series[],
  failures: readonly Failure[],
): void {
  const ran = new Set([...series, ...failures].map(({ contender }) => contender))
  const isOther = (one: { case: string; contender: string }) =>
    one.case !== run.name || !ran.has(one.contender)
  results.series = [...results.series.filter(isOther), ...series]
  results.failures = [...results.failures.filter(isOther), ...failures]
  const ofCase = results.series.filter((one) => one.case === run.name).map(({ contender }) => contender)
  const left = [...new Set(ofCase)].filter((id) => !ran.has(id))
  const earlier = results.cases.filter(({ name }) => name === run.name)
  results.cases = [
    ...results.cases.filter(({ name }) => name !== run.name),
    left.length === 0 ? run : { ...run, contenders: [...ran] },
    ...remaining(earlier, left),
  ]
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
