// Everything that crosses between JavaScript and native code, once or a few times, on both faces: what
// `make valgrind` runs. Run with --expose-gc.

import { strict as assert } from 'node:assert'
import { scenariosOf, setScene } from './scenarios.mjs'

const peer = JSON.parse(process.argv[2])
const { ws, wss } = peer

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

/** Connections nobody ends: one without a reference to it, one with messages on their way. */
async function abandon({ connect }) {
  await connect(`${ws}/echo`)
  const connection = await connect(`${ws}/source?count=0&size=5000`)
  await connection.recv()
}

for (const face of ['websocket-rs', 'websocket-rs/sync']) {
  const scene = await setScene(face, peer, 1)
  await echo(scene, `${ws}/echo`)
  await echo(scene, `${wss}/echo`)
  await burst(scene)
  for (const [, run] of scenariosOf(face)) await run(scene)
  await abandon(scene)
}
console.log('all there')
// What was abandoned is still open, and one of it never stops sending.
process.exit()
