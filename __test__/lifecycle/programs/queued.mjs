// Takes queued messages of an unreferenced connection, with work for each, and prints how many it took, and whether the
// loop had turns meanwhile. Arguments: the API, the URL, and `worker` to do so in a Worker.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { connect, url } from './arguments.mjs'

async function take() {
  const ws = await connect(url)
  while (ws.stats().queuedMessages < 200) await new Promise((resolve) => setTimeout(resolve, 5))
  ws.unref()
  let turns = 0
  const timer = setInterval(() => (turns += 1), 1)
  timer.unref()
  let count = 0
  for await (const _ of ws) {
    for (const end = performance.now() + 0.5; performance.now() < end; );
    count += 1
    if (count === 200) break
  }
  console.log(`${count} messages, turns: ${turns > 2}`)
}

if (process.argv[4] === 'worker') {
  const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2, 4) })
  const [code] = await once(worker, 'exit')
  console.log(`worker ${code}`)
} else await take()
