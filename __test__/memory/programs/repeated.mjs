// Each scenario so many times over, one after the other. Prints for each what the process held before and after. Run
// with --expose-gc.

import { sample } from './samples.mjs'
import { blocking, both, promised, seeded } from './scenarios.mjs'

const [, , face, peers, rounds, costlyRounds] = process.argv
const { connect } = await import(face)
const isBlocking = face.endsWith('/sync')
const peer = JSON.parse(peers)
const entry = import.meta.resolve(face)
const random = seeded(1)

const COSTLY = new Set(['a Worker that ends in traffic', 'a peer that does not read'])
/** So much of it before the first look: what is made once and kept is made then, and allocators find their size. */
const WARM_UP = 1 / 3

async function repeat(name, run, count) {
  try {
    for (let round = 0; round < count; round += 1) {
      await run({ connect, entry, peer, random })
      // Blocking calls give way here: finalizers run in turns of the loop.
      if (isBlocking && round % 50 === 0) await new Promise(setImmediate)
    }
  } catch (error) {
    throw new Error(`${name}: ${error.message}`, { cause: error })
  }
}

for (const [name, run] of Object.entries({ ...both, ...(isBlocking ? blocking : promised) })) {
  const count = Number(COSTLY.has(name) ? costlyRounds : rounds)
  await repeat(name, run, Math.ceil(count * WARM_UP))
  const before = await sample()
  await repeat(name, run, count)
  console.log(JSON.stringify({ name, count, before, after: await sample() }))
}
process.exit()
