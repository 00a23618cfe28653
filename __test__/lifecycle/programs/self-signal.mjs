// Sends itself a signal, and prints how the blocked calls around it end. Arguments: a URL, the signal, the case.

import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { connect } from 'websocket-rs/sync'

const [url, signal, what] = isMainThread ? process.argv.slice(2) : workerData
// When this returns, the signal is delivered: kill(2) guarantees that if only one thread accepts the signal.
const raise = () => process.kill(process.pid, signal)
const listen = () => process.on(signal, () => console.log(`handled ${signal}`))

function attempt(run) {
  try {
    run()
  } catch (error) {
    console.log(error.message)
  }
}

/** Opens a connection and makes a blocked call in this turn of the event loop. */
function open() {
  const ws = connect(url)
  ws.send('0')
  ws.recv()
  return ws
}

/** Runs the event loop until the listener has run. A listener does not keep the process alive, so a timer does. */
async function untilHandled() {
  const keepAlive = setTimeout(() => {}, 5000)
  await once(process, signal)
  clearTimeout(keepAlive)
}

const receive = (ws) => console.log(`received ${ws.recv()}`)

const cases = {
  /** Raises the signal between two blocked calls of one turn: the next call is interrupted, the later ones are not. */
  async 'between two blocked calls'() {
    listen()
    const ws = open()
    raise()
    // Nothing has been sent that could be received: a call that need not wait is not interrupted.
    attempt(() => receive(ws))
    ws.sendMany(['1', '2', '3'])
    receive(ws)
    receive(ws)
    await nextTurn()
    await nextTurn()
    receive(ws)
    ws.close()
  },

  /** Raises the signal while the event loop runs: the listener runs, and the next call is not interrupted. */
  async 'while the event loop runs'() {
    listen()
    const ws = open()
    await nextTurn()
    raise()
    await untilHandled()
    ws.send('1')
    receive(ws)
    ws.close()
  },

  /** Makes a blocking call in the listener. */
  async 'before a blocking call in the listener'() {
    listen()
    const ws = open()
    process.on(signal, () => {
      ws.send('in the listener')
      receive(ws)
      ws.close()
    })
    raise()
    await untilHandled()
  },

  /** Checks that after `once` the signal kills the process again, blocked or not. */
  async 'after a listener added with once'() {
    process.once(signal, () => console.log(`handled ${signal}`))
    const ws = open()
    raise()
    attempt(() => ws.recv())
    await nextTurn()
    await nextTurn()
    console.log('again')
    setTimeout(() => {}, 5000)
    ws.send('1')
    ws.recv()
    raise()
    ws.recv()
  },

  /** Removes the listener during a blocked call, which restores the default action of the signal. */
  async 'after the listener is removed'() {
    listen()
    const lookup = (_host, _options, done) => {
      process.removeAllListeners(signal)
      console.log('removed')
      done(new Error('no address'))
    }
    try {
      connect(url.replace('127.0.0.1', 'name.test'), { lookup })
    } catch {}
    await nextTurn()
    raise()
    setTimeout(() => {}, 5000)
  },

  /** Throws in the listener, which ends the process as an uncaught exception. */
  'with a listener that throws'() {
    process.on(signal, () => {
      throw new Error('thrown on purpose')
    })
    const ws = open()
    raise()
    attempt(() => ws.recv())
    setTimeout(() => {}, 5000)
  },

  /** Blocks in a Worker while the main thread receives a signal. */
  async worker() {
    if (!isMainThread) {
      // Node never calls a signal listener in a Worker.
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
        // Waits, because a signal that arrives while another is handled is merged with it.
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
