// Uses everything that crosses between JavaScript and native code, on both APIs. `make valgrind` runs it. Run with
// --expose-gc.

import { strict as assert } from 'node:assert'
import { createContext, scenariosOf } from './scenarios.mjs'

const peer = JSON.parse(process.argv[2])
const { ws, wss } = peer

// The limits of header forms, of copied instead of lent payloads, and of slabs.
const SIZES = [0, 1, 125, 126, 4095, 4096, 65_535, 65_536, 70_000, 300_000]
/** More messages than fit into one batch or one slab. */
const COUNT = 1500
const filled = (size) => Buffer.alloc(size, size % 251)

/** Echoes messages of all sizes and keeps all of them: no later message may overwrite the memory of one. */
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

/** Sends many messages at once. */
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

/** Leaves connections open: one without a reference to it, one with messages in flight. */
async function abandon({ connect }) {
  await connect(`${ws}/echo`)
  const connection = await connect(`${ws}/source?count=0&size=5000`)
  await connection.recv()
}

for (const api of ['websocket-rs', 'websocket-rs/sync']) {
  const context = await createContext(api, peer, 1)
  await echo(context, `${ws}/echo`)
  await echo(context, `${wss}/echo`)
  await burst(context)
  for (const [, run] of scenariosOf(api)) await run(context)
  await abandon(context)
}
console.log('all there')
// The abandoned connections are still open, and the peer of one never stops sending.
process.exit()
