// Sends itself a signal in the case it is told, and says what the blocked calls around it make of that.

import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { connect } from 'websocket-rs/sync'

const [url, signal, what] = isMainThread ? process.argv.slice(2) : workerData
// The signal is there when this returns, as kill(2) promises for a process of which only one thread takes it.
const raise = () => process.kill(process.pid, signal)
const listen = () => process.on(signal, () => console.log(`heard ${signal}`))

function attempt(run) {
  try {
    run()
  } catch (error) {
    console.log(error.message)
  }
}

/** A connection on which a call has blocked in this turn of the loop. */
function open() {
  const ws = connect(url)
  ws.send('0')
  ws.recv()
  return ws
}

/** Turns the loop until the signal has been heard of, which no listener keeps it alive for. */
async function heard() {
  const stay = setTimeout(() => {}, 5000)
  await once(process, signal)
  clearTimeout(stay)
}

const receive = (ws) => console.log(`received ${ws.recv()}`)

const cases = {
  /** Between two blocked calls of one turn: the next is interrupted, and none after it. */
  async between() {
    listen()
    const ws = open()
    ws.sendMany(['1', '2', '3'])
    raise()
    attempt(() => receive(ws))
    receive(ws)
    receive(ws)
    await turn()
    await turn()
    receive(ws)
    ws.close()
  },

  /** While the loop turns: the listener hears of it, and the next call is not interrupted. */
  async idle() {
    listen()
    const ws = open()
    await turn()
    raise()
    await heard()
    ws.send('1')
    receive(ws)
    ws.close()
  },

  /** The listener may block as well. */
  async inListener() {
    listen()
    const ws = open()
    process.on(signal, () => {
      ws.send('in the listener')
      receive(ws)
      ws.close()
    })
    raise()
    await heard()
  },

  /** After a listener for once the signal ends the process again, blocked or not. */
  async once() {
    process.once(signal, () => console.log(`heard ${signal}`))
    const ws = open()
    raise()
    attempt(() => ws.recv())
    await turn()
    await turn()
    console.log('again')
    setTimeout(() => {}, 5000)
    ws.send('1')
    ws.recv()
    raise()
    ws.recv()
  },

  /** A listener that goes during a blocked call takes our handler with it. */
  async removed() {
    listen()
    const lookup = (_host, _options, done) => {
      process.removeAllListeners(signal)
      console.log('removed')
      done(new Error('no address'))
    }
    try {
      connect(url.replace('127.0.0.1', 'name.test'), { lookup })
    } catch {}
    await turn()
    raise()
    setTimeout(() => {}, 5000)
  },

  /** A listener that throws ends the process as it does anywhere. */
  throws() {
    process.on(signal, () => {
      throw new Error('thrown on purpose')
    })
    const ws = open()
    raise()
    attempt(() => ws.recv())
    setTimeout(() => {}, 5000)
  },

  /** Blocks in a Worker. */
  async worker() {
    if (!isMainThread) {
      // Which Node says nothing of in a Worker.
      process.on(signal, () => {})
      const ws = connect(url)
      ws.send('answer')
      parentPort.postMessage('blocked')
      parentPort.postMessage(`returned ${ws.recv()}`)
      return
    }
    listen()
    const worker = new Worker(new URL(import.meta.url), { workerData: [url, signal, what] })
    worker.on('message', (line) => console.log(line))
    await once(worker, 'exit')
  },

  /** Blocks while a Worker sends as many signals as it can. */
  async many() {
    if (!isMainThread) {
      parentPort.postMessage('')
      for (;;) {
        process.kill(process.pid, signal)
        // One that comes while another is being handled counts for nothing.
        for (const end = performance.now() + 0.002; performance.now() < end; );
      }
    }
    process.on(signal, () => {})
    const ws = connect(url)
    ws.send('answer')
    await once(new Worker(new URL(import.meta.url), { workerData: [url, signal, what] }), 'message')
    receive(ws)
    process.exit()
  },
}

await cases[what]()
