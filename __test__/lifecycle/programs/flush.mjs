// Sends while it computes, or just before it ends. Each message holds the time of its send.
// Arguments: the API, a URL, the action.

import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

const [name, url, what] = isMainThread ? process.argv.slice(2) : workerData
const { connect } = await import(name)

function compute(milliseconds) {
  const end = Date.now() + milliseconds
  while (Date.now() < end);
}

const stamp = () => String(Date.now())

/** Sends a few messages in each of several short ticks. */
async function warmUp(ws) {
  for (let tick = 0; tick < 20; tick++) {
    for (let sent = 0; sent < 3; sent++) await ws.send('warm')
    await sleep(1)
  }
}

/** Sends many messages in each of several short ticks, so that the messages of later ticks are held. */
async function learnToHold(ws) {
  for (let tick = 0; tick < 20; tick++) {
    for (let sent = 0; sent < 20; sent++) void ws.send('warm')
    await sleep(1)
  }
}

function* stamps(between) {
  for (let sent = 0; sent < 3; sent++) {
    yield stamp()
    between(sent)
  }
}

const actions = {
  async 'several sends, then computing, after ticks of several sends'(ws) {
    await warmUp(ws)
    for (let sent = 0; sent < 3; sent++) await ws.send(stamp())
    compute(1500)
  },
  async 'sendMany of a generator that computes'(ws) {
    await learnToHold(ws)
    await ws.sendMany(stamps(() => compute(800)))
  },
  async 'sendMany of a generator that calls process.exit()'(ws) {
    await ws.sendMany(stamps((sent) => sent === 2 && process.exit()))
  },
  async 'terminate()'(ws) {
    await learnToHold(ws)
    for (let sent = 0; sent < 3; sent++) await ws.send(stamp())
    ws.terminate()
  },
  async 'a blocking call on another connection'(ws) {
    await learnToHold(ws)
    const { connect: connectSync } = await import('websocket-rs/sync')
    const other = connectSync(url)
    await sleep(10)
    for (let sent = 0; sent < 3; sent++) await ws.send(stamp())
    try {
      other.recv({ timeout: 1500 })
    } catch {}
    other.close()
  },
  async 'awaited sends with computing between'(ws) {
    for (let sent = 0; sent < 8; sent++) {
      await ws.send(stamp())
      compute(200)
    }
  },
  async 'sends not awaited with computing between'(ws) {
    for (let sent = 0; sent < 8; sent++) {
      void ws.send(stamp())
      compute(200)
    }
  },
  async 'several sends, then computing'(ws) {
    for (let sent = 0; sent < 5; sent++) await ws.send(stamp())
    compute(1500)
  },
  async 'computing between sends, after holding'(ws) {
    await learnToHold(ws)
    for (let sent = 0; sent < 8; sent++) {
      await ws.send(stamp())
      compute(200)
    }
  },
  async 'an endless chain of resolved promises'(ws) {
    await learnToHold(ws)
    // No tick ends while the program awaits resolved promises.
    let [last, sent] = [0, 0]
    while (sent < 8) {
      if (Date.now() >= last + 200) {
        last = Date.now()
        sent += 1
        await ws.send(stamp())
      }
      await undefined
    }
  },
  async 'replies to a burst'(ws) {
    await ws.send('burst 20')
    let replies = 0
    for await (const _ of ws) {
      compute(75)
      await ws.send(stamp())
      if (++replies === 20) break
    }
  },
  async 'replies to a burst, after holding'(ws) {
    await learnToHold(ws)
    await actions['replies to a burst'](ws)
  },
  async 'reading queued messages'(ws) {
    await learnToHold(ws)
    await ws.send('burst 400')
    await sleep(300)
    for (let sent = 0; sent < 3; sent++) await ws.send(stamp())
    for (let read = 0; read < 400; read++) {
      await ws.recv()
      compute(4)
    }
  },
  async 'process.exit()'(ws) {
    for (let sent = 0; sent < 3; sent++) await ws.send(stamp())
    process.exit()
  },
  async 'process.exit(), after holding'(ws) {
    await learnToHold(ws)
    for (let sent = 0; sent < 3; sent++) await ws.send(stamp())
    process.exit()
  },
  async 'a listener of exit'(ws) {
    await learnToHold(ws)
    process.on('exit', () => {
      for (let sent = 0; sent < 3; sent++) void ws.send(stamp())
    })
    process.exit()
  },
  async 'process.exit(), after all listeners of exit were removed'(ws) {
    process.removeAllListeners('exit')
    await ws.close()
    await actions['process.exit(), after holding'](await connect(url))
  },
  async 'an uncaught exception'(ws) {
    await learnToHold(ws)
    for (let sent = 0; sent < 3; sent++) await ws.send(stamp())
    throw new Error('expected')
  },
  async 'the end of a Worker'() {
    const data = [name, url, 'process.exit(), after holding']
    await new Promise((resolve) =>
      new Worker(new URL(import.meta.url), { workerData: data }).on('exit', resolve),
    )
  },
}

const ws = await connect(url)
await actions[what](ws)
if (ws.readyState === 1) await ws.close()
