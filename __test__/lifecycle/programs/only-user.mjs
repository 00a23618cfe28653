// Starts Workers one after another that end with a pending connect. Only the Workers load the addon.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const [, , hang, url] = process.argv
const file = new URL('./traffic.mjs', import.meta.url)

for (const way of ['exit-connecting', 'connecting', 'exit']) {
  const worker = new Worker(file, { workerData: { url, hang, way } })
  const ended = once(worker, 'exit')
  if (way === 'connecting') {
    await once(worker, 'message')
    void worker.terminate()
  }
  await ended
  console.log(`${way} ended`)
}
