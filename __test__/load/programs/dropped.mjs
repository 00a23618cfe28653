// Drops open blocking connections without closing them, and ends when the garbage collector has closed their sockets.
// Run with --expose-gc.

import { readdirSync, readlinkSync } from 'node:fs'
import { connect } from 'websocket-rs/sync'

const url = process.argv[2]

function sockets() {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
    } catch {
      return false // The descriptor of the listing itself, closed by now.
    }
  }).length
}

function dropMany() {
  for (let count = 0; count < 100; count += 1) connect(url).send('x')
  console.log(`open ${sockets() - before}`)
}

const kept = connect(url)
const before = sockets()
dropMany()
while (sockets() > before) {
  globalThis.gc()
  await new Promise(setImmediate)
}
console.log(`open ${sockets() - before}`)
kept.send('kept')
console.log(kept.recv())
kept.close()
