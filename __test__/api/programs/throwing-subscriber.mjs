// Subscribes to every channel with functions that throw. Prints the results of two connections and two failures.

import { channel } from 'node:diagnostics_channel'
import { connect } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'

const names = ['connect', 'open', 'error', 'close'].map((name) => `websocket-rs:${name}`)
for (const name of ['start', 'end', 'error']) names.push(`tracing:websocket-rs.connect:${name}`)
let thrown = 0
let caught = 0
process.on('uncaughtException', () => {
  caught += 1
})
for (const name of names)
  channel(name).subscribe(() => {
    thrown += 1
    throw new Error(name)
  })

const url = process.argv[2]
for (const [api, open] of [
  ['promise', connect],
  ['blocking', async (...args) => connectBlocking(...args)],
]) {
  await open(`${url}/status/404`).catch(() => {})
  const ws = await open(`${url}/echo`)
  await ws.send('echoed')
  const text = await ws.recv()
  await ws.close()
  console.log(`${api}: ${text}, ${ws.closeCode}`)
}
setImmediate(() => console.log(`uncaught: ${caught} of ${thrown}`))
