// Sends three large compressed messages and ends at once, or does what keeps the loop from running.
// Arguments: the API, a URL, the action.

import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

const [name, url, what] = isMainThread ? process.argv.slice(2) : workerData
const { connect } = await import(name)

/** Returns text that takes several milliseconds to compress. Three are below the high-water mark. */
function large(seed) {
  let [state, text] = [seed, `${seed}:`]
  while (text.length < 256 * 1024) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    text += `{"order":${state}},`
  }
  return text
}

async function send(ws) {
  for (let sent = 0; sent < 3; sent++) await ws.send(large(sent))
}

const actions = {
  async 'process.exit()'(ws) {
    await send(ws)
    process.exit()
  },
  async 'an uncaught exception'(ws) {
    await send(ws)
    throw new Error('on purpose')
  },
  async 'an unreferenced connection'(ws) {
    ws.unref()
    await send(ws)
  },
  async 'a listener of exit'(ws) {
    process.on('exit', () => {
      for (let sent = 0; sent < 3; sent++) void ws.send(large(sent))
    })
    await sleep(10)
    process.exit()
  },
  async 'close()'(ws) {
    await send(ws)
    await ws.close()
  },
  async 'a blocking call on another connection'(ws) {
    const { connect: connectSync } = await import('websocket-rs/sync')
    const other = connectSync(url)
    await send(ws)
    other.send('report')
    console.log(other.recv({ timeout: 10_000 }))
    other.close()
    ws.terminate()
  },
  async 'terminate()'(ws) {
    await send(ws)
    ws.terminate()
  },
  async 'the end of a Worker'(ws) {
    ws.unref?.()
    await send(ws)
  },
  async 'terminate() of a Worker'(ws) {
    await send(ws)
    const { parentPort } = await import('node:worker_threads')
    parentPort.postMessage('sent')
    for (;;);
  },
}

if (isMainThread && what.includes('Worker')) {
  const worker = new Worker(new URL(import.meta.url), { workerData: [name, url, what] })
  worker.on('message', () => void worker.terminate())
} else {
  await actions[what](await connect(url, { compression: { level: 6 } }))
}
