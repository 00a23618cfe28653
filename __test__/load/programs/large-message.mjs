// Sends one large message, closes, and prints the growth of memory. Run with --expose-gc.
// Arguments: a URL, `text` or `binary`.

import { connect } from 'websocket-rs'

const [, , url, kind] = process.argv
const SIZE = 100_000_000

async function settledMemory() {
  for (let turn = 0; turn < 5; turn += 1) {
    globalThis.gc()
    await new Promise(setImmediate)
  }
  return process.memoryUsage.rss()
}

async function sendOne(data) {
  const ws = await connect(url)
  await ws.send(data)
  await ws.close()
}

await sendOne('small')
const before = await settledMemory()
await sendOne(kind === 'text' ? 'x'.repeat(SIZE) : Buffer.alloc(SIZE))
console.log(JSON.stringify({ growth: (await settledMemory()) - before }))
