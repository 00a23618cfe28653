// Never reads what a peer sends without end, and prints what that costs; then reads on and checks that
// nothing is missing. Run with --expose-gc.

import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'websocket-rs'

const [, , url, bytes, want] = process.argv

globalThis.gc()
const start = process.memoryUsage.rss()
const ws = await connect(url, { receiveQueue: { bytes: Number(bytes) } })

// Stopped is what has not grown for ten looks on end.
let received = -1
for (let still = 0; still < 10; await sleep(50)) {
  const now = ws.stats().bytesReceived
  still = now === received ? still + 1 : 0
  received = now
}
const { queuedBytes, queuedMessages } = ws.stats()
const growth = process.memoryUsage.rss() - start
const state = ws.readyState

let inOrder = 0
while (inOrder < Number(want)) {
  const message = await ws.recv()
  if (message.readBigUInt64BE(0) !== BigInt(inOrder)) break
  inOrder += 1
}
const resumed = ws.stats().bytesReceived > received
ws.terminate()
console.log(JSON.stringify({ queuedBytes, queuedMessages, received, growth, state, inOrder, resumed }))
