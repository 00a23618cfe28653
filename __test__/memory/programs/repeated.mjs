// Repeats each scenario, one scenario after another. Prints for each what the process held before and after. Run with
// --expose-gc. Arguments: the API, the URLs of the peer, the rounds, the rounds of costly scenarios.

import { sample } from './samples.mjs'
import { COSTLY, createContext, scenariosOf } from './scenarios.mjs'

const [, , api, peers, rounds, costlyRounds] = process.argv
const context = await createContext(api, JSON.parse(peers), 1)

/** The part of the rounds that runs before the first sample, so that lasting allocations are made. */
const WARM_UP = 1 / 3

/**
 * Resident memory grows once by more than this, by 60 MiB on Node 24 and 26, when allocators take memory back that they had
 * returned. The scenario is then measured again. A leak grows every time.
 */
const MAX_VARIATION = 16 * 1024 * 1024
const MAX_REPEATS = 3

async function repeat(name, run, count) {
  try {
    for (let round = 0; round < count; round += 1) {
      await run(context)
      // Lets the event loop run, and with it finalizers, which blocking calls alone never do.
      if (round % 50 === 0) await new Promise(setImmediate)
    }
  } catch (error) {
    throw new Error(`${name}: ${error.message}`, { cause: error })
  }
}

for (const [name, run] of scenariosOf(api)) {
  const count = Number(COSTLY.has(name) ? costlyRounds : rounds)
  await repeat(name, run, Math.ceil(count * WARM_UP))
  let before = await sample()
  await repeat(name, run, count)
  let after = await sample()
  for (
    let repeats = 0;
    repeats < MAX_REPEATS && after.resident - before.resident > MAX_VARIATION;
    repeats += 1
  ) {
    before = after
    await repeat(name, run, count)
    after = await sample()
  }
  console.log(JSON.stringify({ name, count, before, after }))
}
process.exit()
