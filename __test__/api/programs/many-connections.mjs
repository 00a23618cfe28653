// Several connections receive in one iteration of the event loop while something goes wrong on one of them. Prints what
// the others received. Arguments: URL, what happens.

import { once } from 'node:events'
import { createConnection } from 'node:net'
import { parentPort, Worker } from 'node:worker_threads'
import { connect } from 'websocket-rs'
import { connect as connectSync } from 'websocket-rs/sync'
import { WebSocket } from 'websocket-rs/ws'

const [, , url, what] = process.argv
const COUNT = 8

/** Sends on all connections, and keeps the thread busy until the replies have arrived. */
function exchange(all, payload = (number) => `${number}`) {
  for (const [number, ws] of all.entries()) void ws.send(payload(number))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
}

const open = () => Promise.all(Array.from({ length: COUNT }, () => connect(url)))

/** Runs a function once, when the first promise is resolved with a Buffer. */
function onFirstBuffer(run) {
  Object.defineProperty(Buffer.prototype, 'then', {
    configurable: true,
    get() {
      delete Buffer.prototype.then
      run()
      return undefined
    },
  })
}

const cases = {
  /** The text of one connection cannot be made. */
  async 'an exception'() {
    process.on('uncaughtException', ({ message }) => console.log(message))
    const all = await open()
    const calls = all.map((ws) => ws.recv({ timeout: 2000 }))
    exchange(all)
    const { utf8Slice } = Buffer.prototype
    Buffer.prototype.utf8Slice = () => {
      Buffer.prototype.utf8Slice = utf8Slice
      throw new Error('no text')
    }
    const results = await Promise.allSettled(calls)
    console.log(results.filter(({ status }) => status === 'fulfilled').length)
    for (const ws of all) ws.terminate()
  },

  /** Code that runs in the middle of a delivery ends the other connections. */
  async termination() {
    const all = await open()
    const calls = all.map((ws) => ws.recv({ timeout: 5000 }))
    exchange(all, (number) => Buffer.from([number]))
    onFirstBuffer(() => {
      for (const ws of all.slice(1)) ws.terminate()
    })
    const results = await Promise.allSettled(calls)
    const isEnded = ({ status, reason }) => status === 'fulfilled' || reason.code === 'ERR_WS_CLOSED'
    console.log(results.every(isEnded), results[0].status)
    all[0].terminate()
  },

  /** Code that runs in the middle of a delivery blocks on a connection of its own. */
  async 'a blocking call'() {
    const inner = connectSync(url)
    const all = await open()
    const calls = all.map((ws) => ws.recv({ timeout: 5000 }))
    exchange(all, (number) => Buffer.alloc(3000, number))
    let received = 0
    onFirstBuffer(() => {
      for (let number = 0; number < 50; number += 1) inner.send(Buffer.alloc(3000, 255))
      for (; received < 50; received += 1) if (inner.recv().some((byte) => byte !== 255)) break
    })
    const messages = await Promise.all(calls)
    console.log(
      messages.every((message, number) => message.equals(Buffer.alloc(3000, number))),
      received,
    )
    for (const ws of [inner, ...all]) ws.terminate()
  },

  /** A blocking call in a listener, while what was read for other connections is not delivered yet. */
  async 'a blocking listener'() {
    const inner = connectSync(url)
    const all = await open()
    const listener = new WebSocket(url)
    await new Promise((resolve) => listener.once('open', resolve))
    const calls = all.map((ws) => ws.recv({ timeout: 5000 }))
    const reply = new Promise((resolve) => {
      listener.once('message', (message) => {
        inner.send('inner')
        resolve(`${message} ${inner.recv()}`)
      })
    })
    exchange([...all.slice(0, 4), listener, ...all.slice(4)])
    console.log(await reply, (await Promise.all(calls)).join())
    for (const ws of [inner, listener, ...all]) ws.terminate()
  },

  /** A blocking call in a handler of a socket of Node, while what was read for connections is not delivered yet. */
  async 'a blocking socket'() {
    const inner = connectSync(url)
    const all = await open()
    const socket = createConnection(new URL(url).port, '127.0.0.1')
    await once(socket, 'connect')
    const calls = all.map((ws) => ws.recv({ timeout: 5000 }))
    const reply = once(socket, 'data').then(() => {
      inner.send('inner')
      return inner.recv()
    })
    for (const ws of all.slice(0, 4)) void ws.send(`${all.indexOf(ws)}`)
    socket.write('GET /status/404 HTTP/1.1\r\n\r\n')
    for (const ws of all.slice(4)) void ws.send(`${all.indexOf(ws)}`)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    console.log(await reply, (await Promise.all(calls)).join())
    socket.destroy()
    for (const ws of [inner, ...all]) ws.terminate()
  },

  /** A listener of the `ws` API throws. */
  async 'a throwing listener'() {
    process.on('uncaughtException', ({ message }) => console.log(message))
    const [one, other] = [new WebSocket(url), new WebSocket(url)]
    await Promise.all([one, other].map((ws) => new Promise((resolve) => ws.once('open', resolve))))
    const all = await open()
    const calls = all.map((ws) => ws.recv({ timeout: 5000 }))
    const heard = [one, other].map(
      (ws) =>
        new Promise((resolve) => {
          ws.once('message', (message) => {
            setImmediate(resolve, `${message}`)
            if (ws === one) throw new Error('thrown')
          })
        }),
    )
    exchange([one, ...all, other])
    console.log((await Promise.all([...heard, ...calls])).join())
    for (const ws of [one, other, ...all]) ws.terminate()
  },

  /** Workers end while their connections receive. */
  async workers() {
    for (let round = 0; round < 5; round += 1) {
      const worker = new Worker(new URL(import.meta.url), { argv: [url, 'endless'] })
      await once(worker, 'message')
      await worker.terminate()
    }
    console.log('ended')
  },

  /** Sends each message that has arrived again, for ever. */
  async endless() {
    const all = await open()
    let received = 0
    for (const ws of all) {
      void ws.send('x')
      void (async () => {
        for await (const message of ws) {
          void ws.send(message)
          received += 1
          if (received === 100) parentPort.postMessage('busy')
        }
      })()
    }
  },

  /** The process exits in the middle of a delivery. */
  async exit() {
    const all = await open()
    for (const ws of all) void ws.recv().catch(() => {})
    exchange(all, (number) => Buffer.from([number]))
    process.on('exit', () => console.log('exits'))
    onFirstBuffer(() => process.exit())
  },
}

await cases[what]()
