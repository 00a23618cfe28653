// Keeps one message of every so many, as received or copied, drops the others, and prints what memory outside
// of the heap the kept ones hold. Run with --expose-gc.

import { settledMemory } from './memory.mjs'

const [, , face, url, every, want, copy] = process.argv
const { connect } = await import(face)

const numberOf = (message) =>
  typeof message === 'string' ? Number(message) : Number(message.readBigUInt64BE(0))

async function keepSome() {
  const ws = await connect(url)
  const kept = []
  for (let number = 0; kept.length < Number(want); ) {
    for (const message of await ws.recvMany()) {
      if (number % Number(every) === 0) kept.push(copy === 'copied' ? Buffer.from(message) : message)
      number += 1
    }
  }
  ws.terminate()
  return kept
}

const { external: before } = await settledMemory()
const kept = await keepSome()
const { external: after } = await settledMemory()
const intact = kept.every((message, index) => numberOf(message) === index * Number(every))
console.log(JSON.stringify({ count: kept.length, intact, growth: after - before }))
