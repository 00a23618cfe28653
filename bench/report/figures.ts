/** Finds what was measured, and compares it. */

import type { Workload } from '../clients/job.js'
import type { Placement } from '../runner/placement.js'
import type { Participant, Results, Series } from '../runner/results.js'
import { PEER } from '../runner/servers.js'
import { type Estimate, median, medianEstimate, ratioEstimate } from './statistics.js'

/** One cell on one placement, whoever runs it. */
export interface Place {
  case: string
  server: string
  placement: Placement['name']
  workload: Workload
  size: number
  kind: Series['kind']
  connections: number
}

/** A cell of the echo case, which most targets are about. */
export function echoPlace(placement: Placement['name'], workload: Workload, size: number): Place {
  return { case: 'echo', server: PEER, placement, workload, size, kind: 'binary', connections: 1 }
}

export function keyOf(place: Place): string {
  const { server, placement, workload, size, kind, connections } = place
  return [place.case, server, placement, workload, size, kind, connections].join('|')
}

/** The rounds in which it was measured. */
function present(values: readonly (number | null)[] | undefined): number[] {
  return (values ?? []).filter((value) => value !== null)
}

/** The whole of a run, by cell and contender. */
export class Figures {
  readonly #series = new Map<string, Series>()
  readonly results: Results

  constructor(results: Results) {
    this.results = results
    for (const one of results.series) this.#series.set(`${keyOf(one)}|${one.contender}`, one)
  }

  /** Ids of those who took part and are of these groups. */
  ids(...groups: Participant['group'][]): string[] {
    return this.results.contenders.filter(({ group }) => groups.includes(group)).map(({ id }) => id)
  }

  series(place: Place, contender: string): Series | undefined {
    return this.#series.get(`${keyOf(place)}|${contender}`)
  }

  /** A median with its interval; undefined where it was not measured. */
  estimate(place: Place, contender: string, figure = 'wall'): Estimate | undefined {
    const values = present(this.series(place, contender)?.figures[figure])
    return values.length === 0 ? undefined : medianEstimate(values)
  }

  median(place: Place, contender: string, figure = 'wall'): number | undefined {
    const values = present(this.series(place, contender)?.figures[figure])
    return values.length === 0 ? undefined : median(values)
  }

  /** How many times as much one takes as the other, from the rounds in which both were measured. */
  ratio(place: Place, numerator: string, denominator: string, figure = 'wall'): Estimate | undefined {
    const above = this.series(place, numerator)?.figures[figure]
    const below = this.series(place, denominator)?.figures[figure]
    if (above === undefined || below === undefined) return undefined
    const both = [...above.keys()].filter((round) => above[round] != null && below[round] != null)
    if (both.length === 0) return undefined
    const of = (values: (number | null)[]) => both.map((round) => values[round] as number)
    return ratioEstimate(of(above), of(below))
  }

  /** The one with the shortest median time. */
  fastest(place: Place, contenders: readonly string[]): string | undefined {
    const time = (id: string) => this.median(place, id) ?? Number.POSITIVE_INFINITY
    const measured = contenders.filter((id) => this.median(place, id) !== undefined)
    return measured.sort((a, b) => time(a) - time(b))[0]
  }
}

/** The major version in the id of a contender on Node, as in `ws@node20`. */
export function nodeOf(id: string): string | undefined {
  return /@(.+)$/.exec(id)?.[1]
}

/** Which of ours a contender is compared with: on the same Node, or else on the newest. */
export function referenceFor(id: string, figures: Figures): string | undefined {
  const ours = figures.ids('ours').filter((one) => /^websocket-rs@/.test(one))
  return ours.find((one) => nodeOf(one) === nodeOf(id)) ?? ours.at(-1)
}
