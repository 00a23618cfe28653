/** Looks up the samples of a run, estimates medians from them, and compares contenders. */

import type { Workload } from '../clients/job.js'
import type { Placement } from '../runner/placement.js'
import type { Participant, Results, Series } from '../runner/results.js'
import { PEER } from '../runner/servers.js'
import { type Estimate, median, medianEstimate, ratioEstimate } from './statistics.js'

/** A cell with its server and placement. */
export interface Place {
  case: string
  server: string
  placement: Placement['name']
  workload: Workload
  size: number
  kind: Series['kind']
  connections: number
}

/** Returns a place of the echo case. */
export function echoPlace(placement: Placement['name'], workload: Workload, size: number): Place {
  return { case: 'echo', server: PEER, placement, workload, size, kind: 'binary', connections: 1 }
}

export function keyOf(place: Place): string {
  const { server, placement, workload, size, kind, connections } = place
  return [place.case, server, placement, workload, size, kind, connections].join('|')
}

/** Leaves out rounds that failed. */
function present(values: readonly (number | null)[] | undefined): number[] {
  return (values ?? []).filter((value) => value !== null)
}

/** The figures of a run by place and contender. */
export class Figures {
  readonly #series = new Map<string, Series>()
  /** Estimates that were computed, as resampling takes most of the time of a report. */
  readonly #estimates = new Map<string, Estimate | undefined>()
  readonly results: Results

  constructor(results: Results) {
    this.results = results
    for (const one of results.series) this.#series.set(`${keyOf(one)}|${one.contender}`, one)
  }

  /** Returns the ids of the contenders in these groups. */
  ids(...groups: Participant['group'][]): string[] {
    return this.results.contenders.filter(({ group }) => groups.includes(group)).map(({ id }) => id)
  }

  /** Returns the places that were measured, in the order of the results. */
  places(): Place[] {
    return [...new Map(this.results.series.map((one) => [keyOf(one), one])).values()]
  }

  series(place: Place, contender: string): Series | undefined {
    return this.#series.get(`${keyOf(place)}|${contender}`)
  }

  /** Returns a median with its interval, or `undefined` if it was not measured. */
  estimate(place: Place, contender: string, figure = 'wall'): Estimate | undefined {
    return this.#once([keyOf(place), contender, figure].join(), () => {
      const values = present(this.series(place, contender)?.figures[figure])
      return values.length === 0 ? undefined : medianEstimate(values)
    })
  }

  median(place: Place, contender: string, figure = 'wall'): number | undefined {
    const values = present(this.series(place, contender)?.figures[figure])
    return values.length === 0 ? undefined : median(values)
  }

  /** Returns the figure of one contender divided by that of another, from the rounds in which both were measured. */
  ratio(place: Place, numerator: string, denominator: string, figure = 'wall'): Estimate | undefined {
    return this.#once([keyOf(place), numerator, denominator, figure].join(), () => {
      const above = this.series(place, numerator)?.figures[figure]
      const below = this.series(place, denominator)?.figures[figure]
      if (above === undefined || below === undefined) return undefined
      const both = [...above.keys()].filter((round) => above[round] != null && below[round] != null)
      if (both.length === 0) return undefined
      const of = (values: (number | null)[]) => both.map((round) => values[round] as number)
      return ratioEstimate(of(above), of(below))
    })
  }

  /** Returns the contender with the shortest median time. */
  fastest(place: Place, contenders: readonly string[]): string | undefined {
    const time = (id: string) => this.median(place, id) ?? Number.POSITIVE_INFINITY
    const measured = contenders.filter((id) => this.median(place, id) !== undefined)
    return measured.sort((a, b) => time(a) - time(b))[0]
  }

  #once(key: string, compute: () => Estimate | undefined): Estimate | undefined {
    if (!this.#estimates.has(key)) this.#estimates.set(key, compute())
    return this.#estimates.get(key)
  }
}

/** Returns the Node in the id of a contender, such as `node20` for `ws@node20`. */
export function nodeOf(id: string): string | undefined {
  return /@(.+)$/.exec(id)?.[1]
}

/** The APIs of websocket-rs that rivals are compared with, by the name of their adapter. */
export const PROMISE_API = 'websocket-rs'
export const BLOCKING_API = 'websocket-rs-sync'
export const WS_API = 'websocket-rs-ws'
export const WEB_API = 'websocket-rs-web'

/** Returns the ids of one API, one for each Node, the newest last. */
export function idsOfApi(api: string, figures: Figures): string[] {
  return figures.ids('ours').filter((id) => id.startsWith(`${api}@`))
}

/** Returns the promise API that a contender is compared with: on the same Node, or else on the newest one. */
export function referenceFor(id: string, figures: Figures): string | undefined {
  const ours = idsOfApi(PROMISE_API, figures)
  return ours.find((one) => nodeOf(one) === nodeOf(id)) ?? ours.at(-1)
}
