// Each scenario so many times over, one after the other. Prints for each what the process held before and after. Run
// with --expose-gc.

import { sample } from './samples.mjs'
import { COSTLY, scenariosOf, setScene } from './scenarios.mjs'

const [, , face, peers, rounds, costlyRounds] = process.argv
const scene = await setScene(face, JSON.parse(peers), 1)

/** So much of it before the first look: what is made once and kept is made then, and allocators find their size. */
const WARM_UP = 1 / 3

async function repeat(name, run, count) {
  try {
    for (let round = 0; round < count; round += 1) {
      await run(scene)
      // Blocking calls give way to the loop here: finalizers run in its turns.
      if (round % 50 === 0) await new Promise(setImmediate)
    }
  } catch (error) {
    throw new Error(`${name}: ${error.message}`, { cause: error })
  }
}

for (const [name, run] of scenariosOf(face)) {
  const count = Number(COSTLY.has(name) ? costlyRounds : rounds)
  await repeat(name, run, Math.ceil(count * WARM_UP))
  const before = await sample()
  await repeat(name, run, count)
  console.log(JSON.stringify({ name, count, before, after: await sample() }))
}
process.exit()
