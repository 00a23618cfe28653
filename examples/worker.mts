/**
 * A Worker with the blocking API: one request at a time with the lowest latency, while the main thread does other things.
 *
 *     node build/examples/worker.mjs ws://localhost:8080/rpc 1000
 */

import { on } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { connect } from 'websocket-rs/sync'

interface Sum {
  numbers: [number, number]
  result: number
  /** How long the request took, in ms. */
  duration: number
}

/** Sends a request for each pair of numbers that the main thread posts. `null` ends the Worker. */
function serve(url: string): void {
  const ws = connect(url)
  parentPort?.on('message', (numbers: [number, number] | null) => {
    if (numbers === null) {
      ws.close()
      parentPort?.close()
      return
    }
    const start = performance.now()
    ws.sendJSON({ jsonrpc: '2.0', id: 0, method: 'add', params: numbers })
    const { result } = ws.recvJSON<{ result: number }>()
    parentPort?.postMessage({ numbers, result, duration: performance.now() - start } satisfies Sum)
  })
}

/** Posts pairs of numbers, and checks the sums that come back. An error in the Worker is thrown here. */
async function ask(url: string, count: number): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: url })
  for (let index = 0; index < count; index += 1) worker.postMessage([index, index])
  const sums: Sum[] = []
  for await (const [sum] of on(worker, 'message')) if (sums.push(sum) === count) break
  worker.postMessage(null)
  const wrong = sums.filter(({ numbers: [a, b], result }) => result !== a + b)
  const times = sums.map(({ duration }) => duration).sort((a, b) => a - b)
  console.log(`${count} sums, ${wrong.length} wrong, ${times[count >> 1]?.toFixed(3)} ms each`)
}

if (isMainThread) {
  const [url = 'ws://localhost:8080/rpc', count = '1000'] = process.argv.slice(2)
  await ask(url, Number(count))
} else serve(workerData)
