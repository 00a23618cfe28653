/** Pins processes to cores. */

import { availableParallelism } from 'node:os'

/** The cores of client and server. */
export interface Placement {
  name: 'one core' | 'two cores' | 'unpinned'
  /** `undefined` if nothing is pinned. */
  client: number | undefined
  server: number | undefined
}

/**
 * Returns the placements of this machine. On one core, the time is the sum of the CPU time of client and server; two
 * cores are as in most deployments. Pinning needs Linux, and the second placement two cores.
 */
export function placements(): Placement[] {
  if (process.platform !== 'linux') return [{ name: 'unpinned', client: undefined, server: undefined }]
  if (availableParallelism() < 2) return [{ name: 'one core', client: 0, server: 0 }]
  return [
    { name: 'one core', client: 1, server: 1 },
    { name: 'two cores', client: 1, server: 0 },
  ]
}

/** Returns the command, preceded by `taskset` if it has to run on a certain core. */
export function pinned(core: number | undefined, command: readonly string[]): [string, ...string[]] {
  const whole = core === undefined ? command : ['taskset', '-c', String(core), ...command]
  return [...whole] as [string, ...string[]]
}
