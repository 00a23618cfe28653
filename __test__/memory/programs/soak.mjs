// Full load in both directions for so many seconds: messages of 1 B to 1 MiB, text and binary, are echoed
// with a window under way and compared. Prints what the process held, from time to time. On the blocking face
// the event loop is never reached, as in a program that makes blocking calls only. Run with --expose-gc.

import { readdirSync } from 'node:fs'

const [, , face, url, seconds] = process.argv
const { connect } = await import(face)

const SAMPLES = 40
const MAX_SIZE = 1024 * 1024
/** Messages, and bytes, under way at once. */
const WINDOW = 16
const WINDOW_BYTES = 2 * 1024 * 1024

const binary = Buffer.alloc(MAX_SIZE)
for (let at = 0; at < MAX_SIZE; at += 1) binary[at] = (at * 31) % 251
const ascii = 'one two three '.repeat(MAX_SIZE / 14 + 1)
const mixed = 'grüße, 你好 '.repeat(MAX_SIZE / 10 + 1)

let state = 1
/** xorshift32, so that every run sends the same. */
function random() {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) / 2 ** 32
}

/** Every order of magnitude is as likely as the others. */
function nextMessage() {
  const size = Math.floor(2 ** (random() * 20))
  const kind = random()
  if (kind < 0.5) return binary.subarray(0, size)
  return (kind < 0.75 ? ascii : mixed).slice(0, size)
}

const isSame = (one, other) =>
  typeof one === 'string' ? one === other : typeof other !== 'string' && one.equals(other)

function openFiles() {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return 0 // Only Linux has the folder.
  }
}

function sample() {
  globalThis.gc()
  // What V8 holds ready for young objects grows as it likes; what lives counts.
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage()
  const handles = process.getActiveResourcesInfo().length
  return { resident: rss - heapTotal + heapUsed, heapUsed, external, handles, files: openFiles() }
}

const ws = await connect(url)
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
  if (performance.now() - start >= interval * (samples.length + 1)) samples.push(sample())
}
const { messagesReceived, bytesReceived, bytesSent } = ws.stats()
ws.terminate()
console.log(JSON.stringify({ samples, messagesReceived, bytesReceived, bytesSent }))
