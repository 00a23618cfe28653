// Runs random scenarios concurrently. Prints samples of what the process holds while nothing is pending, and how often each
// scenario ran. Run with --expose-gc. Arguments: the API, the URLs of the peer, seconds, the seed.

import { setTimeout as sleep } from 'node:timers/promises'
import { sample } from './samples.mjs'
import { COSTLY, createContext, scenariosOf } from './scenarios.mjs'

const [, , api, peers, seconds, seed] = process.argv
const scenarios = scenariosOf(api)

const SAMPLES = 24
/** The number of concurrent scenarios; one with the blocking API, which occupies the thread. */
const LANES = api.endsWith('/sync') ? 1 : 8
/** A scenario that takes longer than this hangs, in ms. */
const HANG_LIMIT = 30_000
/** How many times less often costly scenarios are chosen. */
const COSTLY_RATIO = 20

const counts = Object.fromEntries(scenarios.map(([name]) => [name, 0]))
const contexts = await Promise.all(
  Array.from({ length: LANES }, (_, lane) =>
    createContext(api, JSON.parse(peers), Number(seed) + lane * 7919),
  ),
)

function choose({ random }) {
  for (;;) {
    const [name, run] = scenarios[Math.floor(random() * scenarios.length)]
    if (!COSTLY.has(name) || random() < 1 / COSTLY_RATIO) return [name, run]
  }
}

async function runOne(context) {
  const [name, run] = choose(context)
  const watch = new AbortController()
  const late = sleep(HANG_LIMIT, undefined, { signal: watch.signal }).then(
    () => Promise.reject(new Error('hangs')),
    () => {},
  )
  try {
    await Promise.race([run(context), late])
  } catch (error) {
    throw new Error(`${name}, seed ${seed}: ${error.message}`, { cause: error })
  } finally {
    watch.abort()
  }
  counts[name] += 1
}

async function runUntil(end, context) {
  while (performance.now() < end) await runOne(context)
}

// The first Worker opens the standard streams, which count as handles. Opens them before the first sample.
process.stdout.write('')
process.stderr.write('')
const start = performance.now()
const samples = []
while (samples.length < SAMPLES) {
  const end = start + ((samples.length + 1) * Number(seconds) * 1000) / SAMPLES
  await Promise.all(contexts.map((context) => runUntil(end, context)))
  samples.push(await sample())
}
console.log(JSON.stringify({ samples, counts }))
// Connections that the collector has not found yet must not keep the process alive.
process.exit()
