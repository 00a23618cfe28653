// What the process holds. Needs --expose-gc.

import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { settledMemory } from './memory.mjs'

/** Only Linux has the folder. */
function inProc(read) {
  return process.platform === 'linux' ? read() : 0
}

const files = () => inProc(() => readdirSync('/proc/self/fd').length)
const threads = () =>
  inProc(() => Number(/^Threads:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]))

/** At this moment. What V8 holds ready for young objects grows as it likes; what lives counts. */
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

/** With nothing under way, and nothing left to collect. */
export async function sample() {
  // A socket is closed in a later turn than the one that tells of its end, and so is a Worker's thread.
  await sleep(50)
  await settledMemory()
  return figures()
}
