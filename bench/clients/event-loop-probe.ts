/** Measures the delay of Node's event loop and the CPU time of the JavaScript thread during a cell. */

import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Entry } from './job.js'
import type { Probe } from './probes.js'

/** The interval of the timer whose delay is measured, in ms. */
const RESOLUTION = 1

/** Returns the CPU time of the JavaScript thread in us, or `undefined` if the system does not provide it. */
function threadCpu(): number | undefined {
  const newer = process as typeof process & { threadCpuUsage?(): { user: number; system: number } }
  if (newer.threadCpuUsage !== undefined) {
    const { user, system } = newer.threadCpuUsage()
    return user + system
  }
  if (process.platform !== 'linux') return undefined
  // The first of three numbers is CPU time in ns. The main thread's id is that of the process.
  const [onCpu] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')
  return Number(onCpu) / 1000
}

export class EventLoopProbe implements Probe {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION })
  #cpuBefore: number | undefined
  #start = 0

  start(): void {
    this.#delay.enable()
    this.#cpuBefore = threadCpu()
    this.#start = performance.now()
  }

  figures(messages: number): Partial<Entry> {
    this.#delay.disable()
    const late = (percent: number) => Math.max(this.#interval(percent) - RESOLUTION, 0)
    const cpu = threadCpu()
    const jsCpu =
      cpu === undefined || this.#cpuBefore === undefined ? {} : { jsCpu: (cpu - this.#cpuBefore) / messages }
    const delay = { p50: late(50), p99: late(99), max: late(100) }
    return { delay, timer: this.#interval(99), ...jsCpu }
  }

  /** Returns a percentile of the timer's intervals in ms: the time of the whole cell if the timer did not fire. */
  #interval(percent: number): number {
    return this.#delay.count === 0 ? performance.now() - this.#start : this.#delay.percentile(percent) / 1e6
  }
}
