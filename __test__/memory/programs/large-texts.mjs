// Receives large texts, whose memory the package lends to V8 and uses again, and prints what became of it. Run with
// --expose-gc. Arguments: what to do, the URL of an echo server.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { connect } from 'websocket-rs'
import { connect as connectSync } from 'websocket-rs/sync'
import { settledMemory } from './memory.mjs'

const KIB = 1024
const [, , what, url] = process.argv

/** Returns a text of this size that differs from those of other numbers at its start, in its middle and at its end. */
function makeText(number, size) {
  const mark = `<${number}>`
  const half = 'x'.repeat(size / 2 - mark.length)
  return `${mark}${half}${mark}${half}`.slice(mark.length) + mark
}

/** Echoes texts, four in flight, and passes each echo to `take`. */
async function exchange(count, size, take) {
  const ws = await connect(url)
  let sent = 0
  const send = () => ws.send(makeText(sent++, size)).catch(() => {})
  while (sent < Math.min(4, count)) send()
  for (let number = 0; number < count; number += 1) {
    take(await ws.recv(), number)
    if (sent < count) send()
  }
  await ws.close()
}

/** Keeps more texts than may be lent, and reads them when others have come and gone. */
async function keep() {
  const kept = []
  await exchange(1000, 160 * KIB, (text) => kept.push(text))
  await exchange(200, 160 * KIB, () => {})
  globalThis.gc()
  const intact = kept.every((text, number) => text === makeText(number, 160 * KIB))
  return { count: kept.length, intact }
}

/** Drops texts. Reports the most bytes outside the heap, and what is left of them after a collection. */
async function drop() {
  const { external: before } = await settledMemory()
  let most = 0
  await exchange(1000, 1024 * KIB, () => {
    most = Math.max(most, process.memoryUsage().external)
  })
  const { external: after } = await settledMemory()
  return { most, left: after - before, resident: process.memoryUsage.rss() }
}

/** Drops texts in blocking calls, during which no finalizer runs. */
function dropBlocking() {
  const ws = connectSync(url)
  const before = process.memoryUsage()
  let most = 0
  for (let number = 0; number < 300; number += 1) {
    ws.send(makeText(number, 1024 * KIB))
    ws.recv()
    most = Math.max(most, process.memoryUsage.rss())
  }
  ws.close()
  return { growth: most - before.rss }
}

/** Ends Workers that hold texts, each of which has passed one to this thread. */
async function endWorkers() {
  const passed = []
  let resident = 0
  for (let number = 0; number < 12; number += 1) {
    const worker = new Worker(
      `const { connect } = require('websocket-rs')
       const { parentPort } = require('node:worker_threads')
       const kept = []
       connect(${JSON.stringify(url)}).then(async (ws) => {
         for (let sent = 0; sent < 40; sent += 1) {
           await ws.send(String(sent % 10).repeat(${512 * KIB}))
           kept.push(await ws.recv())
         }
         parentPort.postMessage(kept[7])
         if (${number % 2 === 0}) process.exit()
         ws.terminate()
       })`,
      { eval: true },
    )
    worker.on('message', (text) => passed.push(text))
    await once(worker, 'exit')
    if (number === 3) resident = process.memoryUsage.rss()
  }
  const intact = passed.every((text) => text === '7'.repeat(512 * KIB))
  return { count: passed.length, intact, growth: process.memoryUsage.rss() - resident }
}

const actions = { keep, drop, dropBlocking, endWorkers }
console.log(JSON.stringify(await actions[what]()))
