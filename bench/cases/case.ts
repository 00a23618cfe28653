/** What a case says: which cells, by whom, how often. One file for each case. */

import type { Cell, Work } from '../clients/job.js'
import type { Contender } from '../runner/contenders.js'
import type { Placement } from '../runner/placement.js'

export interface Case {
  /** As in `CASES=` and in the results. */
  name: string
  /** Heading and first paragraph of its section in the report. */
  title: string
  about: string
  cells: Cell[]
  /** By default everybody takes part. */
  takesPart?(contender: Contender): boolean
  /** By default all placements of the machine. */
  placement?: Placement['name']
  /** Over TLS. */
  secure?: true
  /** Another process is busy on the client's core all the time. */
  neighbour?: true
  /** Names of bench/runner/servers.ts; by default our peer only. */
  servers?: string[]
  rounds: number
  milliseconds: number
}

/** Every work with every size. */
export function cellsOf(
  works: readonly Work[],
  sizes: readonly number[],
  rest: Pick<Cell, 'kind' | 'connections'> = { kind: 'binary', connections: 1 },
): Cell[] {
  return works.flatMap((work) => sizes.map((size) => ({ work, size, ...rest })))
}

/** The three ways of echoing. */
export const ECHOES = ['requestResponse', 'window', 'burst'] as const

/** Programs that run on Node. */
export function isOnNode({ id }: Contender): boolean {
  return /@(node\d+|here)$/.test(id)
}

/** Ours with an option that changes how fast it is; measured in the echo case, those of `isReuse` over TLS too. */
export function isVariant({ id }: Pick<Contender, 'id'>): boolean {
  return /^websocket-rs.*-(asleep|reuse)@/.test(id)
}

function isOnOldest({ id }: Pick<Contender, 'id'>): boolean {
  return /@node20$/.test(id)
}

/** Ours with `reuseMemory`, on the newest Node only. */
export function isReuse(contender: Pick<Contender, 'id'>): boolean {
  return /-reuse@/.test(contender.id) && !isOnOldest(contender)
}

/** Ours with `busyPoll: false`, on the newest Node only. */
export function isAsleep(contender: Pick<Contender, 'id'>): boolean {
  return /-asleep@/.test(contender.id) && !isOnOldest(contender)
}

/**
 * Clients, those on Node on the newest only, and none of our variants: what differs between Nodes is
 * seen in the echo case, and forty minutes are long enough. The floor knows plain binary frames only.
 */
export function isCurrent(contender: Contender): boolean {
  return contender.group !== 'floor' && !isOnOldest(contender) && !isVariant(contender)
}
