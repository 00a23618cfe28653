/** The definition of a case: its cells, its contenders and its rounds. Each case has a file of its own. */

import type { Cell, Job, Workload } from '../clients/job.js'
import type { Contender } from '../runner/contenders.js'
import type { Placement } from '../runner/placement.js'

export interface Case {
  /** The name in `CASES=` and in the results. */
  name: string
  /** Heading of its section in the report. */
  title: string
  /** First paragraph of its section. */
  about: string
  cells: Cell[]
  /** Whether a contender takes part. By default all do. */
  takesPart?(contender: Contender): boolean
  /** The only placement. By default, all placements of the machine are used. */
  placement?: Placement['name']
  /** Whether to connect over TLS. */
  secure?: true
  /** How compressed cells compress. By default, all libraries with the same settings. */
  compression?: Job['compression']
  /** Whether another process keeps the client's core busy. */
  neighbour?: true
  /** Names of servers in bench/runner/servers.ts. By default, the peer only. */
  servers?: string[]
  rounds: number
  milliseconds: number
}

/** Returns a cell for every workload and size. */
export function cellsOf(
  workloads: readonly Workload[],
  sizes: readonly number[],
  rest: Pick<Cell, 'kind' | 'connections'> = { kind: 'binary', connections: 1 },
): Cell[] {
  return workloads.flatMap((workload) => sizes.map((size) => ({ workload, size, ...rest })))
}

/** The workloads of echo. */
export const ECHOES = ['requestResponse', 'pipelined', 'burst'] as const

/** Sizes of compressed cells. */
export const COMPRESSED_SIZES = [1024, 16_384, 65_536, 1_048_576] as const

/**
 * Whether a contender compresses what it sends: the APIs of websocket-rs, `ws`, Bun and Python's websockets. undici and
 * Node's global WebSocket only accept compressed messages; the other rivals have no compression.
 */
export function compresses({ id }: Contender): boolean {
  return /^(websocket-rs(-sync|-ws|-web)?|ws)@(node26|here)$|^bun$|^python-websockets_/.test(id)
}

/** Whether a contender runs on Node. */
export function isOnNode({ id }: Contender): boolean {
  return /@(node\d+|here)$/.test(id)
}

/** Whether a contender is websocket-rs with an option that changes its speed. */
export function isVariant({ id }: Pick<Contender, 'id'>): boolean {
  return /^websocket-rs.*-(no-busy-poll|reuse-memory)@/.test(id)
}

function isOnOldest({ id }: Pick<Contender, 'id'>): boolean {
  return /@node20$/.test(id)
}

/** Whether a contender is websocket-rs with `reuseMemory` on the newest Node. */
export function reusesMemory(contender: Pick<Contender, 'id'>): boolean {
  return /-reuse-memory@/.test(contender.id) && !isOnOldest(contender)
}

/** Whether a contender is websocket-rs with `busyPoll: false` on the newest Node. */
export function isWithoutBusyPoll(contender: Pick<Contender, 'id'>): boolean {
  return /-no-busy-poll@/.test(contender.id) && !isOnOldest(contender)
}

/**
 * Whether a contender takes part in most cases: no variant of websocket-rs, and no floor, which supports plain binary
 * frames only. Contenders on Node take part on the newest Node only, to limit the duration of a run; the echo case
 * shows the difference between Nodes.
 */
export function isCurrent(contender: Contender): boolean {
  return contender.group !== 'floor' && !isOnOldest(contender) && !isVariant(contender)
}
