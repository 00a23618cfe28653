// Uses several copies of the package in one process. Needs --expose-gc.
// Arguments: the case, URLs of an echo, a slow echo and a server that never responds, ways to load copies.

import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { ways } from './load-copy.mjs'

const [, , what, url, slow, hang, ...names] = process.argv
const load = () => names.map((name) => ways[name]())
const COUNT = 50

async function collect() {
  for (let round = 0; round < 20; round += 1) {
    global.gc()
    await nextTurn()
  }
}

/** Runs `use` with a new copy. Returns a weak reference to the copy. */
async function dropped(use) {
  // Node keeps the first copy: it is the parent module of the binary, which stays in the cache.
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
  /** Echoes on connections of all copies at the same time. */
  async echo() {
    const ends = await Promise.all(load().map(exchange))
    await Promise.all(ends.map((end) => end()))
  },

  /** Makes blocking calls on one copy while a batch of another copy is delivered. */
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

  /** Checks that an open connection keeps its copy, and that nothing does after the connection has closed. */
  async dropped() {
    const events = new EventEmitter()
    let isOpen = true
    events.on('closed', () => {
      isOpen = false
    })
    const closed = once(events, 'closed')
    const copy = await dropped(async ({ connect }) => {
      // Without timers, which would keep the copy.
      const ws = await connect(slow, { pingInterval: 0, receiveTimeout: 0 })
      await ws.send('late')
      void ws.recv().then(async (message) => {
        await ws.close()
        events.emit('closed', message)
      })
    })
    await collect()
    // On a busy machine, the reply may have come in the meantime.
    if (isOpen) assert.notEqual(copy.deref(), undefined)
    assert.deepEqual(await closed, ['late'])
    await collect()
    assert.equal(copy.deref(), undefined)
  },

  /** Checks that a dropped blocking connection is collected together with its copy. */
  async 'dropped-blocking'() {
    const copy = await dropped(({ connectSync }) => {
      const ws = connectSync(url)
      ws.send('x')
      ws.recv()
    })
    await collect()
    assert.equal(copy.deref(), undefined)
  },

  /** Checks that all copies share one listener of 'exit', however often they connect. */
  async listeners() {
    // Node has one while it runs a module.
    const before = process.listenerCount('exit')
    for (const { connect } of [...load(), ...load()]) {
      for (let opened = 0; opened < 3; opened += 1) await (await connect(url)).close()
    }
    assert.equal(process.listenerCount('exit'), before + 1)
  },

  /** Checks that failed and aborted connects do not keep a copy. */
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

  /** Checks that one signal ends the nested blocked calls of both copies, and that its listener runs once. */
  async signals() {
    const [first, second] = load()
    const errors = []
    let signals = 0
    process.on('SIGTERM', () => {
      signals += 1
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
    await nextTurn()
    await nextTurn()
    assert.equal(signals, 1)
  },

  /** Terminates Workers whose copies have idle and busy connections. */
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
    await cases.echo()
  },

  /** Exits while connections of all copies are open. */
  async exit() {
    await Promise.all(load().map(exchange))
    load()
    console.log('done')
    process.exit()
  },
}

await cases[what]()
if (isMainThread || what !== 'workers') console.log('done')
