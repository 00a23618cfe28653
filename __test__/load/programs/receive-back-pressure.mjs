// Does not read from a peer that never stops sending, and measures memory. Then reads, and checks that no message is
// missing. Run with --expose-gc. Arguments: a URL, the size of the receive queue, how many messages to read.

import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'websocket-rs'

const [, , url, bytes, want] = process.argv

globalThis.gc()
const start = process.memoryUsage.rss()
const ws = await connect(url, { receiveQueue: { bytes: Number(bytes) } })

// The peer counts as stopped when ten samples in a row are equal.
let received = -1
for (let unchanged = 0; unchanged < 10; await sleep(50)) {
  const now = ws.stats().bytesReceived
  unchanged = now === received ? unchanged + 1 : 0
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
