// A thousand round trips on a core that a neighbour keeps busy: how often this process went to sleep.
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

/** Replies of a thousand that were waited for awake. */
async function awake() {
  const before = ws.stats().busyPollHits
  await rounds(1000)
  return ws.stats().busyPollHits - before
}

// Alone it pays to stay awake, which takes some replies to find out, and longer where the machine is busy.
for (let tries = 0; (await awake()) < 900 && tries < 20; tries += 1);
/** Ends by itself, should this program not live to end it. */
const busy = "console.log('busy'); const start = Date.now(); while (Date.now() - start < 30_000);"
const neighbour = spawn(process.execPath, ['-e', busy], { stdio: ['ignore', 'pipe', 'inherit'] })
await once(neighbour.stdout, 'data')
const before = sleeps()
await rounds(1000)
console.log(sleeps() - before)
neighbour.kill()
ws.terminate()
