// Each scenario so many times over, one after the other. Prints for each what the process held before and after. Run
// with --expose-gc.

import { sample } from './samples.mjs'
import { COSTLY, scenariosOf, setScene } from './scenarios.mjs'

const [, , face, peers, rounds, costlyRounds] = process.argv
const scene = await setScene(face, JSON.parse(peers), 1)

/** So much of it before the first look: what is made once and kept is made then, and allocators find their size. */
const WARM_UP = 1 / 3

/**
 * What is resident jumps by more than that, once, when allocators have given memory back before and take it again, by
 * 60 MiB on Node 24 and 26: then it is measured anew from there. What is lost for good grows every time.
 */
const SWAY = 16 * 1024 * 1024
const AGAIN = 3

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
  let before = await sample()
  await repeat(name, run, count)
  let after = await sample()
  for (let again = 0; again < AGAIN && after.resident - before.resident > SWAY; again += 1) {
    before = after
    await repeat(name, run, count)
    after = await sample()
  }
  console.log(JSON.stringify({ name, count, before, after }))
}
process.exit()
