// Ends twenty Workers during traffic, then uses a connection on the main thread.
// Arguments: URLs of an echo and of a server that never responds, ways to end.

import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

const [, , url, hang, ...ways] = process.argv
const TERMINATED = new Set(['terminate', 'connecting', 'recv', 'sync-connect', 'loop'])

async function end(index) {
  const way = ways[index % ways.length]
  const workerData = { url, hang, way }
  const worker = new Worker(new URL('./traffic.mjs', import.meta.url), { workerData })
  const errors = []
  worker.on('error', (error) => errors.push(error.message))
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  if (TERMINATED.has(way)) {
    await once(worker, 'message')
    // Each Worker ends at another point of its traffic.
    await sleep(index * 5)
    void worker.terminate()
  }
  await ended
  return errors
}

const errors = (await Promise.all(Array.from({ length: 20 }, (_, index) => end(index)))).flat()
console.log(`ended, errors: ${[...new Set(errors)]}`)

const { connect } = await import('websocket-rs')
const ws = await connect(url)
await ws.send('alive')
console.log(await ws.recv())
await ws.close()
