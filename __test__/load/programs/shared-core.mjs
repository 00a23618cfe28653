// Prints how often this process sleeps in 1000 round trips while another process keeps its core busy.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const [api, url] = process.argv.slice(2)
const { connect } = await import(api === 'blocking API' ? 'websocket-rs/sync' : 'websocket-rs')
const ws = await connect(url)

async function rounds(count) {
  for (let round = 0; round < count; round += 1) {
    await ws.send('x')
    await ws.recv()
  }
}

const sleeps = () => process.resourceUsage().voluntaryContextSwitches

/** Returns how many of 1000 replies were found by busy-polling. */
async function busyPolled() {
  const before = ws.stats().busyPollHits
  await rounds(1000)
  return ws.stats().busyPollHits - before
}

// Without another process, busy-polling finds the replies. Learning that takes some replies, and more on a busy machine.
for (let tries = 0; (await busyPolled()) < 900 && tries < 20; tries += 1);
/** Ends by itself if this program ends before it. */
const busy = "console.log('busy'); const start = Date.now(); while (Date.now() - start < 30_000);"
const competitor = spawn(process.execPath, ['-e', busy], { stdio: ['ignore', 'pipe', 'inherit'] })
await once(competitor.stdout, 'data')
const before = sleeps()
await rounds(1000)
console.log(sleeps() - before)
competitor.kill()
ws.terminate()
