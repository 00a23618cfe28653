// Full load in both directions: echoes and compares text and binary messages of 1 B to 1 MiB, several in flight. Prints
// samples of what the process holds. With the blocking API the event loop never runs, as in a program that makes blocking
// calls only. Run with --expose-gc. Arguments: the API, a URL, seconds, options as JSON.

import { drawMessages, isSame, seeded } from './messages.mjs'
import { figures } from './samples.mjs'

const [, , api, url, seconds, options] = process.argv
const { connect } = await import(api)

const SAMPLES = 40
const MAX_SIZE = 1024 * 1024
/** The most messages, and bytes, in flight. */
const MAX_IN_FLIGHT = 16
const MAX_IN_FLIGHT_BYTES = 2 * 1024 * 1024

const nextMessage = drawMessages(seeded(1), MAX_SIZE)

const ws = await connect(url, JSON.parse(options))
const expected = []
let bytesInFlight = 0

async function sendUntilLimit() {
  while (expected.length < MAX_IN_FLIGHT && bytesInFlight < MAX_IN_FLIGHT_BYTES) {
    const message = nextMessage()
    expected.push(message)
    bytesInFlight += message.length
    await ws.send(message)
  }
}

async function receiveOne() {
  const want = expected.shift()
  bytesInFlight -= want.length
  if (!isSame(want, await ws.recv())) throw new Error('an echo differs from what was sent')
}

const samples = []
const start = performance.now()
const interval = (Number(seconds) * 1000) / SAMPLES
while (samples.length < SAMPLES) {
  await sendUntilLimit()
  await receiveOne()
  if (performance.now() - start >= interval * (samples.length + 1)) samples.push(figures())
}
const { messagesReceived, bytesReceived, bytesSent } = ws.stats()
ws.terminate()
console.log(JSON.stringify({ samples, messagesReceived, bytesReceived, bytesSent }))
