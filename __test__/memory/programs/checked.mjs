// Everything that crosses between JavaScript and native code, once or a few times, on both faces: what
// `make valgrind` runs. Run with --expose-gc.

import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const [, , ws, wss] = process.argv

// Around the edges of frame headers, of what is copied rather than lent, and of slabs.
const SIZES = [0, 1, 125, 126, 4095, 4096, 65_535, 65_536, 70_000, 300_000]
/** More than fit into one batch, or into one slab. */
const COUNT = 1500
const filled = (size) => Buffer.alloc(size, size % 251)

/** Messages of all sizes, kept until all are there: their memory has to be theirs for as long. */
async function echo({ connect }, url) {
  const connection = await connect(url, { tls: { rejectUnauthorized: false } })
  const kept = []
  for (const size of SIZES) {
    await connection.send(filled(size))
    await connection.send('ä'.repeat(size))
    kept.push(await connection.recv(), await connection.recv())
  }
  globalThis.gc()
  for (const [index, size] of SIZES.entries()) {
    assert(filled(size).equals(kept[2 * index]))
    assert.equal(kept[2 * index + 1], 'ä'.repeat(size))
  }
  await connection.close(4000, 'grüße')
  assert.equal(connection.closeCode, 4000)
}

/** Many at once. */
async function burst({ connect }) {
  const connection = await connect(`${ws}/echo`, { receiveQueue: { bytes: 0 } })
  await connection.sendMany(Array.from({ length: COUNT }, (_, index) => filled(index % 200)))
  let count = 0
  while (count < COUNT) {
    for (const message of await connection.recvMany({ max: 300 })) {
      assert(filled(count % 200).equals(message))
      count += 1
    }
  }
  assert((await connection.ping('payload')) >= 0)
  connection.terminate()
}

async function fragments({ connect }) {
  for (const kind of ['text', 'binary']) {
    const connection = await connect(`${ws}/fragments?size=90000&parts=7&kind=${kind}`)
    await connection.send('go')
    assert.equal((await connection.recv()).length, 90_000)
    connection.terminate()
  }
}

/** A refusal, a name and a port nobody has, options that are wrong, a close frame and a reset. */
async function failures({ connect }) {
  const failing = [
    async () => connect(`${ws}/status/403`),
    async () => connect('ws://127.0.0.1:1/'),
    async () => connect('no URL'),
    async () => connect(ws, { headers: { 'bad name': 'x' } }),
    async () => connect(`${ws}/hang`, { connectTimeout: 20 }),
    async () => (await connect(wss)).terminate(),
  ]
  for (const run of failing) await assert.rejects(run)
  for (const how of ['code=1011&reason=over&after=0', 'code=1000&after=0&reset=1']) {
    const connection = await connect(`${ws}/close?${how}`)
    await assert.rejects(async () => connection.recv())
  }
}

/** Names that JavaScript resolves, or does not. */
async function lookUp({ connect }) {
  const url = ws.replace('127.0.0.1', 'some.invalid')
  const found = await connect(`${url}/echo`, {
    lookup: (_host, _options, found) => found(null, '127.0.0.1', 4),
  })
  found.terminate()
  const lost = (_host, _options, found) => found(new Error('lost'), [])
  await assert.rejects(async () => connect(url, { lookup: lost }))
}

/** Connections nobody ends: one without a reference to it, one with messages on their way. */
async function abandon({ connect }) {
  await connect(`${ws}/echo`)
  const connection = await connect(`${ws}/source?count=0&size=5000`)
  await connection.recv()
}

/** A Worker that ends in the middle of traffic, with all it owns. */
async function endWorker(face) {
  const url = `${ws}/source?count=0&size=5000`
  const program = `
    const { parentPort } = require('node:worker_threads')
    import(${JSON.stringify(import.meta.resolve(face))}).then(async ({ connect }) => {
      const connection = await connect('${url}')
      for (let count = 0; ; count += 1) {
        await connection.recv()
        if (count === 20) parentPort.postMessage('under way')
      }
    })`
  const worker = new Worker(program, { eval: true })
  await once(worker, 'message')
  await worker.terminate()
}

for (const face of ['websocket-rs', 'websocket-rs/sync']) {
  const entry = await import(face)
  await echo(entry, `${ws}/echo`)
  await echo(entry, `${wss}/echo`)
  for (const step of [burst, fragments, failures, lookUp, abandon]) await step(entry)
  await endWorker(face)
}
console.log('all there')
// What was abandoned is still open, and one of it never stops sending.
process.exit()
