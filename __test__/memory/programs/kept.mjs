// Keeps one of every N messages, as received or copied, and prints the memory outside the heap that the kept ones retain.
// Run with --expose-gc. Arguments: the API, a URL, N, how many to keep, `copied` to keep copies.

import { settledMemory } from './memory.mjs'

const [, , api, url, every, want, copy] = process.argv
const { connect } = await import(api)

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
