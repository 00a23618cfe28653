// A Worker with traffic on both APIs. `workerData.way` says how it ends.

import { parentPort, workerData } from 'node:worker_threads'
import { connect } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'

const { url, hang, way } = workerData
const ready = () => parentPort.postMessage('ready')

/** Echoes with 100 messages in flight. Calls `handle` for each message. */
async function pump(handle) {
  const ws = await connect(url)
  for (let sent = 0; sent < 100; sent += 1) void ws.send(Buffer.alloc(4096, sent)).catch(() => {})
  let count = 0
  for await (const message of ws) {
    void ws.send(message).catch(() => {})
    count += 1
    handle(count, ws)
  }
}

const at = (when, run) => (count, ws) => count === when && run(ws)

function fail() {
  throw new Error('thrown on purpose')
}

function blockIn(run) {
  ready()
  run(connectBlocking(url, { highWaterMark: 65_536 }))
}

const ways = {
  natural: () => void Promise.all([1, 2].map(() => pump(at(1000, (ws) => ws.unref())))),
  terminate: () => void pump(at(500, ready)),
  exit: () => void pump(at(500, () => process.exit())),
  throw: () => void pump(at(500, () => queueMicrotask(fail))),
  reject: () => void pump(at(500, fail)),
  connecting: () => {
    for (let count = 0; count < 5; count += 1) void connect(hang).catch(() => {})
    ready()
  },
  'exit-connecting': () => {
    for (let count = 0; count < 5; count += 1) void connect(hang).catch(() => {})
    setImmediate(() => process.exit())
  },
  recv: () => blockIn((ws) => ws.recv({ timeout: 0 })),
  'sync-connect': () => {
    ready()
    connectBlocking(hang, { connectTimeout: 0 })
  },
  loop: () =>
    blockIn((ws) => {
      for (;;) {
        ws.send('x')
        ws.recv()
      }
    }),
}

ways[way]()
