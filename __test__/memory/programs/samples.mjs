// Samples of what the process holds. Needs --expose-gc.

import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { settledMemory } from './memory.mjs'

/** Reads from /proc, which exists on Linux only. */
function inProc(read) {
  return process.platform === 'linux' ? read() : 0
}

const files = () => inProc(() => readdirSync('/proc/self/fd').length)
const threads = () =>
  inProc(() => Number(/^Threads:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]))

/** Takes a sample at once. Counts live objects of the heap only: V8's reserve for young objects varies. */
export function figures() {
  globalThis.gc()
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage()
  const handles = process.getActiveResourcesInfo().length
  return {
    resident: rss - heapTotal + heapUsed,
    heapUsed,
    external,
    handles,
    files: files(),
    threads: threads(),
  }
}

/** Takes a sample after pending work and garbage collection. */
export async function sample() {
  // A socket is closed in a later turn than the one that reports its end, and so is the thread of a Worker.
  await sleep(50)
  await settledMemory()
  return figures()
}
