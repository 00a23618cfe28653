// Runs echo.mjs in a Worker, and prints the exit code of the Worker. Arguments: those of echo.mjs.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const worker = new Worker(new URL('./echo.mjs', import.meta.url), { argv: process.argv.slice(2) })
const [code] = await once(worker, 'exit')
console.log(`worker ${code}`)
