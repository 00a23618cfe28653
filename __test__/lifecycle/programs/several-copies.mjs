// Copies of the package in one process, loaded in the ways it is told, in the case it is told. Needs --expose-gc.

import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { ways } from './copies.mjs'

const [, , what, url, slow, hang, ...names] = process.argv
const load = () => names.map((name) => ways[name]())
const COUNT = 50

async function collect() {
  for (let round = 0; round < 20; round += 1) {
    global.gc()
    await turn()
  }
}

/** Runs `use` with a new copy, and gives what tells whether the copy is still there. */
async function dropped(use) {
  // Node itself keeps the first one: it is the parent of the binary, which stays in the cache.
  load()
  const [copy] = load()
  await use(copy)
  return new WeakRef(copy.connect)
}

async function exchange({ connect, connectSync }, copy) {
  const [ws, blocking] = [await connect(url), connectSync(url)]
  const texts = Array.from({ length: COUNT }, (_, number) => `copy ${copy}, message ${number}`)
  await ws.sendMany(texts)
  for (const text of texts) {
    blocking.sendMany([text, Buffer.from(text)])
    assert.equal(await ws.recv(), text)
    assert.equal(blocking.recv(), text)
    assert.equal(String(blocking.recv()), text)
  }
  return () => Promise.all([ws.close(), blocking.close()])
}

const cases = {
  /** Connections of all copies, open at once. */
  async talk() {
    const ends = await Promise.all(load().map(exchange))
    await Promise.all(ends.map((end) => end()))
  },

  /** While a batch of one copy is being delivered, another copy makes blocking calls. */
  async nested() {
    const [outer, inner] = load()
    const [ws, blocking] = [await outer.connect(url), inner.connectSync(url)]
    let calls = 0
    let isBusy = false
    const get = () => {
      if (isBusy) return
      isBusy = true
      calls += 1
      const own = Buffer.from(`inner ${calls}`)
      blocking.send(own)
      assert.deepEqual(blocking.recv(), own)
      isBusy = false
    }
    Object.defineProperty(Buffer.prototype, 'then', { get, configurable: true })
    await ws.sendMany(Array.from({ length: COUNT }, (_, number) => Buffer.from(`outer ${number}`)))
    for (let number = 0; number < COUNT; number += 1) assert.equal(String(await ws.recv()), `outer ${number}`)
    assert.ok(calls >= COUNT, `${calls} calls`)
    delete Buffer.prototype.then
    blocking.close()
    await ws.close()
  },

  /** Nothing but the open connection keeps a copy; when that has closed, nothing does. */
  async dropped() {
    const events = new EventEmitter()
    const closed = once(events, 'closed')
    const copy = await dropped(async ({ connect }) => {
      // No timers, which would keep it.
      const ws = await connect(slow, { pingInterval: 0, receiveTimeout: 0 })
      await ws.send('late')
      void ws.recv().then(async (message) => {
        await ws.close()
        events.emit('closed', message)
      })
    })
    await collect()
    assert.notEqual(copy.deref(), undefined)
    assert.deepEqual(await closed, ['late'])
    await collect()
    assert.equal(copy.deref(), undefined)
  },

  /** A blocking connection that is dropped ends, and its copy with it. */
  async 'dropped-blocking'() {
    const copy = await dropped(({ connectSync }) => {
      const ws = connectSync(url)
      ws.send('x')
      ws.recv()
    })
    await collect()
    assert.equal(copy.deref(), undefined)
  },

  /** Failed and cancelled connects keep nothing. */
  async failed() {
    const copy = await dropped(async ({ connect, connectSync }) => {
      await assert.rejects(connect('ws://127.0.0.1:1'), { code: 'ERR_WS_CONNECT' })
      await assert.rejects(connect(hang, { signal: AbortSignal.timeout(50) }), { code: 'ABORT_ERR' })
      assert.throws(() => connectSync(hang, { connectTimeout: 50 }), { code: 'ERR_WS_CONNECT_TIMEOUT' })
      assert.throws(() => connectSync('ws://127.0.0.1:1'), { code: 'ERR_WS_CONNECT' })
    })
    await collect()
    assert.equal(copy.deref(), undefined)
  },

  /** A signal ends blocked calls of both copies that are nested in each other, and is heard of once. */
  async signals() {
    const [first, second] = load()
    const errors = []
    let heard = 0
    process.on('SIGTERM', () => {
      heard += 1
    })
    const nest = ([connect, ...rest]) => {
      const lookup = (_host, _options, done) => {
        nest(rest)
        done(new Error('no address'))
      }
      try {
        if (rest.length > 0) connect(url.replace('127.0.0.1', 'name.test'), { lookup })
        const ws = connect(url)
        ws.send('x')
        ws.recv()
        process.kill(process.pid, 'SIGTERM')
        ws.recv()
      } catch (error) {
        errors.push(error.code)
      }
    }
    nest([first, second, first, second].map(({ connectSync }) => connectSync))
    assert.deepEqual(errors, Array(4).fill('ERR_WS_INTERRUPTED'))
    await turn()
    await turn()
    assert.equal(heard, 1)
  },

  /** Workers with copies, idle and open, that are terminated. */
  async workers() {
    if (!isMainThread) {
      await Promise.all([...load(), ...load()].map(exchange))
      for (const { connectSync } of load()) exchange({ connect: () => new Promise(() => {}), connectSync })
      parentPort.postMessage('open')
      return
    }
    const start = async () => {
      const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) })
      await once(worker, 'message')
      await worker.terminate()
    }
    await Promise.all(Array.from({ length: 6 }, start))
    await cases.talk()
  },

  /** The process ends with copies that are open. */
  async exit() {
    await Promise.all(load().map(exchange))
    load()
    console.log('done')
    process.exit()
  },
}

await cases[what]()
if (isMainThread || what !== 'workers') console.log('done')
