/** The number of messages of a pass and in flight. The same for every contender. */

import type { Cell, Workload } from './job.js'

const KIB = 1024

/** Bytes of the receive queue in `loopWork`. */
export const RECEIVE_QUEUE = 16 * 1024 * KIB

/** Messages of a pass by minimum message size; the first step that fits applies. */
const PASSES: Partial<Record<Workload, readonly (readonly [size: number, messages: number])[]>> = {
  requestResponse: [
    [1024 * KIB, 20],
    [16 * KIB, 200],
    [0, 1000],
  ],
  oneWay: [
    [16 * KIB, 200],
    [0, 1000],
  ],
  pipelined: [
    [1024 * KIB, 60],
    [16 * KIB, 400],
    [0, 2000],
  ],
  burst: [
    [1024 * KIB, 20],
    [64 * KIB, 200],
    [0, 1000],
  ],
  source: [
    [1024 * KIB, 60],
    [16 * KIB, 1000],
    [0, 10_000],
  ],
  // All of them fit into RECEIVE_QUEUE.
  loopWork: [
    [KIB, 10_000],
    [0, 100_000],
  ],
  // Messages of each connection.
  idle: [[0, 1]],
  active: [[0, 100]],
  // V8 compiles what opens and closes a connection during the first 800 or so.
  connect: [[0, 500]],
  slow: [[0, 20]],
  sparse: [[0, 5]],
  silent: [[0, 1]],
  process1: [[0, 1]],
  process100: [[0, 100]],
  process10000: [[0, 10_000]],
}

/** Messages of a pass on compressed connections, on which each takes longer. */
const COMPRESSED: readonly (readonly [size: number, messages: number])[] = [
  [1024 * KIB, 4],
  [64 * KIB, 50],
  [16 * KIB, 100],
  [0, 500],
]
/** The workloads on many connections. */
const ECHOES: readonly Workload[] = ['requestResponse', 'pipelined']

/** Workloads that have the passes of another. */
const SAME: Partial<Record<Workload, Workload>> = {
  loop: 'pipelined',
  loopSingle: 'requestResponse',
  sink: 'source',
}

/** Connections from which on a pass has more messages, so that each connection has several. */
const MANY = 1000
const MORE = 10

/** Returns the messages of a pass, rounded up to a multiple of the connections. A warm-up pass has a quarter of them. */
export function messagesOf(cell: Cell, isWarmUp = false): number {
  const workload = SAME[cell.workload] ?? cell.workload
  const isCompressed = cell.kind === 'json' && ECHOES.includes(workload)
  const steps = (isCompressed ? COMPRESSED : PASSES[workload]) ?? []
  const messages = (steps.find(([size]) => cell.size >= size)?.[1] ?? 0) * factorOf(cell)
  return Math.ceil(messages / (isWarmUp ? 4 : 1) / cell.connections) * cell.connections
}

/** How many times the messages of a pass on few connections it has. */
function factorOf({ workload, connections }: Cell): number {
  return ECHOES.includes(workload) && connections >= MANY ? MORE : 1
}

/** Returns the number of messages in flight on each connection. */
export function inFlightOf(cell: Cell): number {
  if (cell.workload === 'burst') return messagesOf(cell) / cell.connections
  if (cell.workload === 'pipelined' || cell.workload === 'loop') return cell.connections === 1 ? 100 : 10
  return 1
}
