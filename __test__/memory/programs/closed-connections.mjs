// Opens and closes connections one after the other. Prints how many bytes of each V8's collections of the young generation
// have left to a collection of the whole heap.
// Usage: node --expose-gc --max-semi-space-size=1 closed-connections.mjs API URL CONNECTIONS

import { once } from 'node:events'
import { Session } from 'node:inspector/promises'

const [api, url, connections] = process.argv.slice(2)
const { connect, WebSocket } = await import(api)

const WARM_UP = 2000
const OPTIONS = { pingInterval: 0 }

const ofPromises = async () => {
  const ws = await connect(url, OPTIONS)
  await ws.close()
}
const ofEvents = async () => {
  const ws = new WebSocket(url, { perMessageDeflate: false })
  await once(ws, 'open')
  ws.close()
  await once(ws, 'close')
}
const openAndClose = connect === undefined ? ofEvents : ofPromises

const bytesOf = ({ selfSize, children }) => children.reduce((sum, child) => sum + bytesOf(child), selfSize)

for (let opened = 0; opened < WARM_UP; opened += 1) await openAndClose()
globalThis.gc({ type: 'major' })
const session = new Session()
session.connect()
await session.post('HeapProfiler.startSampling', {
  samplingInterval: 1024,
  includeObjectsCollectedByMajorGC: true,
})
for (let opened = 0; opened < Number(connections); opened += 1) await openAndClose()
// What is not reachable any more is collected, unless something old refers to it.
globalThis.gc({ type: 'minor' })
globalThis.gc({ type: 'minor' })
const { profile } = await session.post('HeapProfiler.stopSampling')
console.log(bytesOf(profile.head) / Number(connections))
process.exit()
