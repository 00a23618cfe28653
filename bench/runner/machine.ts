/** The machine that figures belong to. */

import { arch, cpus, platform, release, totalmem } from 'node:os'

export interface Machine {
  cpu: string
  cores: number
  memory: number
  system: string
  /** The Node that runs the runner. */
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
