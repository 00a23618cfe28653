// Everything a connection may live through, mixed and many at once, for so many seconds. Prints from time to time what
// the process held with nothing under way, and how often each scenario ran. Run with --expose-gc.

import { setTimeout as sleep } from 'node:timers/promises'
import { sample } from './samples.mjs'
import { blocking, both, promised, seeded } from './scenarios.mjs'

const [, , face, peers, seconds, seed] = process.argv
const { connect } = await import(face)
const isBlocking = face.endsWith('/sync')
const peer = JSON.parse(peers)
const entry = import.meta.resolve(face)
const scenarios = Object.entries({ ...both, ...(isBlocking ? blocking : promised) })

const SAMPLES = 24
/** Scenarios under way at once; a blocking one has the thread to itself. */
const LANES = isBlocking ? 1 : 8
/** What takes longer than that hangs, ms. */
const LONG = 30_000
/** One scenario in so many is one of those that cost a hundred times what others do. */
const SELDOM = 20
const COSTLY = new Set(['a Worker that ends in traffic', 'a peer that does not read'])

const counts = Object.fromEntries(scenarios.map(([name]) => [name, 0]))
const lanes = Array.from({ length: LANES }, (_, lane) => seeded(Number(seed) + lane * 7919))

function choose(random) {
  for (;;) {
    const [name, run] = scenarios[Math.floor(random() * scenarios.length)]
    if (!COSTLY.has(name) || random() < 1 / SELDOM) return [name, run]
  }
}

async function runOne(random) {
  const [name, run] = choose(random)
  const watch = new AbortController()
  const late = sleep(LONG, undefined, { signal: watch.signal }).then(
    () => Promise.reject(new Error('hangs')),
    () => {},
  )
  try {
    await Promise.race([run({ connect, entry, peer, random }), late])
  } catch (error) {
    throw new Error(`${name}, seed ${seed}: ${error.message}`, { cause: error })
  } finally {
    watch.abort()
  }
  counts[name] += 1
}

async function runUntil(end, random) {
  while (performance.now() < end) await runOne(random)
}

const start = performance.now()
const samples = []
while (samples.length < SAMPLES) {
  const end = start + ((samples.length + 1) * Number(seconds) * 1000) / SAMPLES
  await Promise.all(lanes.map((random) => runUntil(end, random)))
  samples.push(await sample())
}
console.log(JSON.stringify({ samples, counts }))
// What is left is the collector's to find.
process.exit()
