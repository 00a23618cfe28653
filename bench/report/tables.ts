/** The section of a case: a table for each workload, placement and server, with the figures of every contender. */

import type { Case } from '../cases/case.js'
import type { Workload } from '../clients/job.js'
import type { CaseRun, Series } from '../runner/results.js'
import { compareTimes, times } from './comparison.js'
import { type Figures, keyOf, type Place, referenceFor } from './figures.js'
import { figure, sizeName, withInterval, workloadName } from './format.js'
import { median } from './statistics.js'

type Named = readonly [name: string, label: string, unit: string, by: number]

const LOOP: readonly Named[] = [
  ['delayP50', 'delay p50', ' ms', 1],
  ['delayP99', 'p99', ' ms', 1],
  ['delayMax', 'max', ' ms', 1],
  ['jsCpu', 'JavaScript CPU', '', 1],
]

const MEMORY: readonly Named[] = [
  ['rss', 'memory', ' KB each', 1000],
  ['total', 'total', ' MB', 1e6],
]

/** Further figures of a workload: name, label, unit and divisor. */
const FURTHER: Partial<Record<Workload, readonly Named[]>> = {
  requestResponse: [
    ['p50', 'p50', '', 1],
    ['p99', 'p99', '', 1],
  ],
  oneWay: [
    ['toServer', 'to server', '', 1],
    ['toClient', 'to client', '', 1],
    ['p99', 'p99', '', 1],
  ],
  idle: MEMORY,
  active: MEMORY,
  loop: LOOP,
  loopSingle: LOOP,
  loopWork: LOOP,
}

/** Compares a contender with the promise API of websocket-rs. */
function comparison(place: Place, contender: string, figures: Figures): string {
  const compared = compareTimes(place, contender, referenceFor(contender, figures), figures)
  return compared === undefined ? '' : `<br>${times(compared, figures.ids('rival').includes(contender))}`
}

function further(place: Place, contender: string, figures: Figures): string {
  const parts = (FURTHER[place.workload] ?? []).flatMap(([name, label, unit, by]) => {
    const value = figures.median(place, contender, name)
    return value === undefined ? [] : [`${label} ${figure(value / by)}${unit}`]
  })
  return parts.length === 0 ? '' : `<br>${parts.join(', ')}`
}

function cell(place: Place, contender: string, figures: Figures): string {
  const wall = figures.estimate(place, contender)
  if (wall !== undefined) {
    const cpu = figure(figures.median(place, contender, 'cpu') ?? Number.NaN)
    return `${withInterval(wall)}<br>CPU ${cpu}${further(place, contender, figures)}${comparison(place, contender, figures)}`
  }
  const failed = figures.results.failures.some(
    (failure) =>
      failure.case === place.case && failure.contender === contender && failure.placement === place.placement,
  )
  return failed ? 'failed' : 'not offered'
}

function table(places: readonly Place[], contenders: readonly string[], figures: Figures): string[] {
  return [
    `| | ${places.map(({ size }) => (size === 0 ? 'each' : sizeName(size))).join(' | ')} |`,
    `| --- |${' --- |'.repeat(places.length)}`,
    ...contenders.map((id) => `| ${id} | ${places.map((place) => cell(place, id, figures)).join(' | ')} |`),
    '',
  ]
}

/** Groups the places that differ in size only. */
function grouped(places: readonly Place[]): Place[][] {
  const groups = new Map<string, Place[]>()
  for (const place of places) {
    const key = keyOf({ ...place, size: 0 })
    groups.set(key, [...(groups.get(key) ?? []), place])
  }
  return [...groups.values()]
}

function headline(place: Place, several: boolean): string {
  const server = several ? ` Server: ${place.server}.` : ''
  return `**${workloadName(place)}; ${place.placement}.**${server}`
}

/** Formats a date to the minute. */
function minuteOf(date: string): string {
  return `${date.slice(0, 16).replace('T', ' ')} UTC`
}

/** Returns how and when a case was run. */
function aboutRuns([newest, ...earlier]: [CaseRun, ...CaseRun[]]): string {
  const how = (run: CaseRun) =>
    `${run.rounds} rounds, at least ${run.milliseconds} ms per cell, started ${minuteOf(run.date)}`
  const others = earlier.map((run) => ` ${run.contenders?.join(', ')}: ${how(run)}.`)
  const note = others.length === 0 ? '' : ` Not measured side by side with the others:${others.join('')}`
  return `${how(newest)}.${note}`
}

/** Returns the contenders of some series in the order of the results. */
function contendersOf(series: readonly Series[], { results }: Figures): string[] {
  const ids = new Set(series.map(({ contender }) => contender))
  return results.contenders.map(({ id }) => id).filter((id) => ids.has(id))
}

/** Returns the section of a case, or nothing if the case was not run. */
export function section(one: Case, figures: Figures): string[] {
  const series = figures.results.series.filter((each) => each.case === one.name)
  const [newest, ...earlier] = figures.results.cases.filter(({ name }) => name === one.name)
  if (series.length === 0 || newest === undefined) return []
  const places = figures.places().filter((place) => place.case === one.name)
  const contenders = contendersOf(series, figures)
  const several = (one.servers?.length ?? 1) > 1
  return [
    `## ${one.title}`,
    '',
    `${one.about} ${aboutRuns([newest, ...earlier])}`,
    '',
    ...grouped(places).flatMap((group) => [
      headline(group[0] as Place, several),
      '',
      ...table(group, contenders, figures),
    ]),
  ]
}

/** Returns the section of load times and sizes. */
export function footprintSection({ results }: Figures): string[] {
  if (results.footprints.length === 0) return []
  return [
    '## Loading and installing',
    '',
    `The time of \`require\` in a new process on Node ${results.machine.node}, and the unpacked size with all dependencies. For websocket-rs, the size is that of the main package and the package of this platform.`,
    '',
    '| | load, ms | MB |',
    '| --- | --- | --- |',
    ...results.footprints.map(
      ({ id, importTime, bytes }) => `| ${id} | ${figure(median(importTime))} | ${figure(bytes / 1e6)} |`,
    ),
    '',
  ]
}
