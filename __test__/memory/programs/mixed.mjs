// Everything a connection may live through, mixed and many at once, for so many seconds. Prints from time to time what
// the process held with nothing under way, and how often each scenario ran. Run with --expose-gc.

import { setTimeout as sleep } from 'node:timers/promises'
import { sample } from './samples.mjs'
import { COSTLY, scenariosOf, setScene } from './scenarios.mjs'

const [, , face, peers, seconds, seed] = process.argv
const scenarios = scenariosOf(face)

const SAMPLES = 24
/** Scenarios under way at once; a blocking one has the thread to itself. */
const LANES = face.endsWith('/sync') ? 1 : 8
/** What takes longer than that hangs, ms. */
const LONG = 30_000
/** The costly ones have one chance in so many of those that others have. */
const SELDOM = 20

const counts = Object.fromEntries(scenarios.map(([name]) => [name, 0]))
const scenes = await Promise.all(
  Array.from({ length: LANES }, (_, lane) => setScene(face, JSON.parse(peers), Number(seed) + lane * 7919)),
)

function choose({ random }) {
  for (;;) {
    const [name, run] = scenarios[Math.floor(random() * scenarios.length)]
    if (!COSTLY.has(name) || random() < 1 / SELDOM) return [name, run]
  }
}

async function runOne(scene) {
  const [name, run] = choose(scene)
  const watch = new AbortController()
  const late = sleep(LONG, undefined, { signal: watch.signal }).then(
    () => Promise.reject(new Error('hangs')),
    () => {},
  )
  try {
    await Promise.race([run(scene), late])
  } catch (error) {
    throw new Error(`${name}, seed ${seed}: ${error.message}`, { cause: error })
  } finally {
    watch.abort()
  }
  counts[name] += 1
}

async function runUntil(end, scene) {
  while (performance.now() < end) await runOne(scene)
}

const start = performance.now()
const samples = []
while (samples.length < SAMPLES) {
  const end = start + ((samples.length + 1) * Number(seconds) * 1000) / SAMPLES
  await Promise.all(scenes.map((scene) => runUntil(end, scene)))
  samples.push(await sample())
}
console.log(JSON.stringify({ samples, counts }))
// What is left is the collector's to find.
process.exit()
