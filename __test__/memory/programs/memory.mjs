// Measures memory after garbage collection. Needs --expose-gc.

/** Collects several times, with turns of the event loop between, in which finalizers run. */
export async function settledMemory() {
  for (let turn = 0; turn < 5; turn += 1) {
    globalThis.gc()
    await new Promise(setImmediate)
  }
  return process.memoryUsage()
}
