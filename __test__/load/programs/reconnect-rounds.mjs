// Connects and closes repeatedly, and prints the growth of memory in the second half of the rounds. Run with --expose-gc.
// Arguments: the API, a URL, the number of rounds.

const [, , name, url, count] = process.argv
const { connect } = await import(name)
const LANES = 8

async function round(number) {
  const ws = await connect(url)
  await ws.send(`round ${number}`)
  const echo = await ws.recv()
  if (echo !== `round ${number}`) throw new Error(`round ${number} got ${echo}`)
  await ws.close()
  if (!ws.wasClean) throw new Error(`round ${number} ended with ${ws.closeCode}`)
}

async function rounds(from, to) {
  let next = from
  const lane = async () => {
    while (next < to) {
      next += 1
      await round(next)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

async function settledMemory() {
  for (let turn = 0; turn < 5; turn += 1) {
    globalThis.gc()
    await new Promise(setImmediate)
  }
  // Counts live objects only: V8's reserve for young objects varies (up to 64 MB on Node 24).
  const { rss, heapTotal, heapUsed } = process.memoryUsage()
  return rss - heapTotal + heapUsed
}

const half = Math.floor(count / 2)
await rounds(0, half)
const before = await settledMemory()
await rounds(half, Number(count))
const after = await settledMemory()
console.log(JSON.stringify({ growth: after - before, total: after }))
