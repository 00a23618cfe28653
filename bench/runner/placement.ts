/** Which core a process runs on. */

import { availableParallelism } from 'node:os'

/** Where client and server run. */
export interface Placement {
  name: 'one core' | 'two cores' | 'unpinned'
  /** Undefined where nothing is pinned. */
  client: number | undefined
  server: number | undefined
}

/**
 * The placements of this machine. On one core no waking of another hides the work; on two, it is as
 * in most deployments. Pinning is Linux', and two cores have to be there.
 */
export function placements(): Placement[] {
  if (process.platform !== 'linux') return [{ name: 'unpinned', client: undefined, server: undefined }]
  if (availableParallelism() < 2) return [{ name: 'one core', client: 0, server: 0 }]
  return [
    { name: 'one core', client: 1, server: 1 },
    { name: 'two cores', client: 1, server: 0 },
  ]
}

/** Puts `taskset` in front of a command that is to run on a certain core. */
export function pinned(core: number | undefined, command: readonly string[]): [string, ...string[]] {
  const whole = core === undefined ? command : ['taskset', '-c', String(core), ...command]
  return [...whole] as [string, ...string[]]
}
