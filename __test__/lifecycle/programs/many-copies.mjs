// Loads 300 copies of the package one after another, uses each and drops it, as a test runner's worker does.
// Prints how many copies are left, and the growth of the process's memory since the 100th. Needs --expose-gc.
// Arguments: the way to load a copy, the URL of an echo.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { ways } from './load-copy.mjs'

const [, , way, url] = process.argv
const COPIES = 300
const copies = []

async function use() {
  const { connect, connectSync } = ways[way]()
  const ws = await connect(url)
  await ws.send('x')
  await ws.recv()
  await ws.close()
  const blocking = connectSync(url)
  blocking.send('y')
  blocking.recv()
  blocking.close()
  copies.push(new WeakRef(connect))
}

async function collect() {
  for (let round = 0; round < 10; round += 1) {
    global.gc()
    await nextTurn()
  }
}

let before
for (let count = 1; count <= COPIES; count += 1) {
  await use()
  if (count % 20 === 0) await collect()
  if (count === 100) before = process.memoryUsage()
}
const after = process.memoryUsage()
const grown = Object.fromEntries(Object.entries(after).map(([name, bytes]) => [name, bytes - before[name]]))
console.log(JSON.stringify({ left: copies.filter((copy) => copy.deref() !== undefined).length, grown }))
