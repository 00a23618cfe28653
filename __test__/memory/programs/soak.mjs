// Full load in both directions for so many seconds: messages of 1 B to 1 MiB, text and binary, are echoed
// with a window under way and compared. Prints what the process held, from time to time. On the blocking face
// the event loop is never reached, as in a program that makes blocking calls only. Run with --expose-gc.

import { drawMessages, isSame, seeded } from './messages.mjs'
import { figures } from './samples.mjs'

const [, , face, url, seconds, options] = process.argv
const { connect } = await import(face)

const SAMPLES = 40
const MAX_SIZE = 1024 * 1024
/** Messages, and bytes, under way at once. */
const WINDOW = 16
const WINDOW_BYTES = 2 * 1024 * 1024

const nextMessage = drawMessages(seeded(1), MAX_SIZE)

const ws = await connect(url, JSON.parse(options))
const expected = []
let underWay = 0

async function fillWindow() {
  while (expected.length < WINDOW && underWay < WINDOW_BYTES) {
    const message = nextMessage()
    expected.push(message)
    underWay += message.length
    await ws.send(message)
  }
}

async function receiveOne() {
  const want = expected.shift()
  underWay -= want.length
  if (!isSame(want, await ws.recv())) throw new Error('an echo differs from what was sent')
}

const samples = []
const start = performance.now()
const interval = (Number(seconds) * 1000) / SAMPLES
while (samples.length < SAMPLES) {
  await fillWindow()
  await receiveOne()
  if (performance.now() - start >= interval * (samples.length + 1)) samples.push(figures())
}
const { messagesReceived, bytesReceived, bytesSent } = ws.stats()
ws.terminate()
console.log(JSON.stringify({ samples, messagesReceived, bytesReceived, bytesSent }))
