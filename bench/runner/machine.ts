/** Describes the machine of a run. */

import { arch, cpus, platform, release, totalmem } from 'node:os'

export interface Machine {
  cpu: string
  cores: number
  memory: number
  system: string
  /** Version of the Node that runs the benchmark. */
  node: string
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory: totalmem(),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.versions.node,
  }
}
