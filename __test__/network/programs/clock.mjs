// Runs one wait after another, and lets the system clock jump during each. Prints for each wait how it ended, how long it
// took, and by how many hours the clock jumped. Needs libfaketime.
// Arguments: the API, the URL of the peer, the URL of the scripted peer, the wait in ms, the hours of each jump.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { scriptUrl } from '../../support/programs/script-url.mjs'

const [, , api, url, raw, wait, hours] = process.argv
const { connect } = await import(api)
const WAIT = Number(wait)
const HOUR = 3_600_000

/** Sets the clock on a thread of its own, because a blocking call occupies this one. */
const clock = new Worker(
  `
  const { parentPort, workerData } = require('node:worker_threads')
  const { renameSync, writeFileSync } = require('node:fs')
  const { setTimeout } = require('node:timers')
  parentPort.on('message', ({ delay, offset }) => setTimeout(() => {
    // The library reads the file at every reading of the clock, so the file is replaced as a whole.
    writeFileSync(workerData + '.next', offset + '\\n')
    renameSync(workerData + '.next', workerData)
  }, delay))
  parentPort.postMessage('ready')`,
  { eval: true, workerData: process.env.FAKETIME_TIMESTAMP_FILE },
)
// A Worker that starts late would set the clock after the first wait.
await once(clock, 'message')
clock.unref()
let offset = 0

function jumpSoon() {
  offset += Number(hours) * HOUR
  clock.postMessage({ delay: WAIT / 5, offset: `${offset < 0 ? '' : '+'}${offset / 1000}` })
}

/** Returns how far the system clock is ahead of the monotonic one. */
const ahead = () => Date.now() - performance.now()

async function report(name, call) {
  jumpSoon()
  const [start, before] = [performance.now(), ahead()]
  const ending = await outcome(call)
  const jumped = (ahead() - before) / HOUR
  console.log(JSON.stringify({ name, ending, took: performance.now() - start, jumped }))
}

async function outcome(call) {
  try {
    return await call()
  } catch (error) {
    return error.code ?? String(error)
  }
}

/** Sends until the kernel accepts no more. A full kernel buffer may accept more bytes once after a while. */
async function fill(ws) {
  const bytes = Buffer.alloc(64 * 1024)
  for (let full = 0; full < 2; ) {
    const ending = await outcome(() => ws.send(bytes, { timeout: 200 }))
    full = ending === 'ERR_WS_SEND_TIMEOUT' ? full + 1 : 0
  }
}

const script = (...steps) => scriptUrl(raw, ...steps)

/** Returns the URL of a peer that sends a frame repeatedly, so that a wait is resumed with its remaining time after a jump. */
function busy(opcode) {
  const round = [{ sleep: WAIT / 4 }, { frame: { opcode, text: 'a' } }]
  return script(...Array(20).fill(round).flat(), { readToEnd: true })
}

await report('connectTimeout', () => connect(`${url}/hang`, { connectTimeout: WAIT }))

const quiet = await connect(`${url}/silent`, { receiveTimeout: WAIT, closeTimeout: WAIT })
await report('receiveTimeout', () => quiet.recv())
await report('the timeout of a recv', () => quiet.recv({ timeout: WAIT }))
await report('the timeout of a ping', () => quiet.ping('a', { timeout: WAIT }))
await report('closeTimeout', async () => {
  await quiet.close()
  return quiet.closeCode
})

const pinging = await connect(busy(9))
await report('the timeout of a recv while pings arrive', () => pinging.recv({ timeout: WAIT }))
pinging.terminate()

const talking = await connect(busy(1))
await report('the timeout of a ping while messages arrive', () => talking.ping('a', { timeout: WAIT }))
talking.terminate()

const late = await connect(script({ readFrame: true }, { sleep: WAIT }, { frame: { opcode: 10, text: 'a' } }))
await report('a round trip', async () => {
  const latency = await late.ping('a')
  return latency > 0 && latency < HOUR ? 'measured' : latency
})
late.terminate()

const deaf = await connect(`${url}/deaf`, { highWaterMark: 64 * 1024, sendTimeout: WAIT, pingInterval: 0 })
await fill(deaf)
await report('sendTimeout', () => deaf.send('a'))
deaf.terminate()

const dead = await connect(`${url}/silent`, { pingInterval: WAIT / 2, pingTimeout: WAIT / 2 })
await report('the keepalive', () => dead.recv())

if (connect.forever !== undefined) {
  const options = { backoff: { initial: WAIT }, jitter: 0, shouldReconnect: ({ attempt }) => attempt < 2 }
  await report('the backoff', async () => {
    for await (const _ws of connect.forever('ws://127.0.0.1:1', options)) break
  })
}
