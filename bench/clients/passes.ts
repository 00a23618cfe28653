/** How many messages a pass has, and how many are under way. The same for every contender. */

import type { Cell, Work } from './job.js'

const KIB = 1024

/** Messages of a pass: from a size on, the first that fits. */
const PASSES: Partial<Record<Work, readonly (readonly [size: number, messages: number])[]>> = {
  requestResponse: [
    [1024 * KIB, 20],
    [16 * KIB, 200],
    [0, 1000],
  ],
  oneWay: [
    [16 * KIB, 200],
    [0, 1000],
  ],
  window: [
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
  connect: [[0, 50]],
  slow: [[0, 20]],
  sparse: [[0, 5]],
  silent: [[0, 1]],
}

/** Works whose passes are those of another. */
const SAME: Partial<Record<Work, Work>> = { loop: 'window', loopSingle: 'requestResponse', sink: 'source' }

/** Messages of a pass, rounded up so that each connection has as many. A rehearsal has a quarter of them. */
export function messagesOf(cell: Cell, rehearses = false): number {
  const steps = PASSES[SAME[cell.work] ?? cell.work] ?? []
  const messages = steps.find(([size]) => cell.size >= size)?.[1] ?? 0
  return Math.ceil(messages / (rehearses ? 4 : 1) / cell.connections) * cell.connections
}

/** Messages under way on each connection. */
export function inFlightOf(cell: Cell): number {
  if (cell.work === 'burst') return messagesOf(cell) / cell.connections
  if (cell.work === 'window' || cell.work === 'loop') return cell.connections === 1 ? 100 : 10
  return 1
}
