// Runs an echo on the face it is told in a Worker, and says how the Worker ended.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const worker = new Worker(new URL('./echo.mjs', import.meta.url), { argv: process.argv.slice(2) })
const [code] = await once(worker, 'exit')
console.log(`worker ${code}`)
