// Opens many connections, echoes a message on each while all are open, and closes them. Arguments: a URL, the number.

import { connect } from 'websocket-rs'

const [, , url, count] = process.argv
/** The number of concurrent connects, which the queue of a listening socket limits. */
const LANES = 200

/** Runs `work` for each number below `count`, with LANES calls at a time. */
async function inLanes(work) {
  let next = 0
  const lane = async () => {
    while (next < count) {
      const index = next
      next += 1
      await work(index)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

const connections = []
await inLanes(async (index) => {
  connections[index] = await connect(url)
})
console.log(`open ${connections.filter((ws) => ws.readyState === 1).length}`)

const echoes = await Promise.all(
  connections.map(async (ws, index) => {
    await ws.send(`number ${index}`)
    return (await ws.recv()) === `number ${index}`
  }),
)
console.log(`echoed ${echoes.filter(Boolean).length}`)

await Promise.all(connections.map((ws) => ws.close()))
console.log(`closed ${connections.filter((ws) => ws.wasClean && ws.closeCode === 1000).length}`)
