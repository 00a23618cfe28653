// Drops a stream whose message is not complete, and prints the message after it. Needs --expose-gc.

import { settledMemory } from './memory.mjs'

const [api, url] = process.argv.slice(2)
const { connect } = await import(api)
const ws = await connect(url, { receiveQueue: { bytes: 10_000 } })

async function begin() {
  const stream = await ws.recvStream()
  const chunks = (stream[Symbol.asyncIterator] ?? stream[Symbol.iterator]).call(stream)
  return (await chunks.next()).value.length > 0
}

await begin()
await settledMemory()
console.log(await ws.recv())
ws.terminate()
