/**
 * A transfer of 300 MB within little memory: `writable` waits when the server does not take more, and the server's SHA-256
 * shows that everything has arrived.
 *
 *     node build/examples/transfer.mjs ws://localhost:8080/upload [megabytes]
 */

import { createHash, randomFillSync } from 'node:crypto'
import { ReadableStream } from 'node:stream/web'
import { connect } from 'websocket-rs'

const [url = 'ws://localhost:8080/upload', megabytes = '300'] = process.argv.slice(2)
const CHUNK = 256 * 1024
const total = Number(megabytes) * 1e6

await using ws = await connect(url)
const hash = createHash('sha256')

/** Stands for a file: random bytes, made when they are asked for. */
function source(): ReadableStream<Uint8Array> {
  let left = total
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = randomFillSync(new Uint8Array(Math.min(left, CHUNK)))
      hash.update(chunk)
      left -= chunk.length
      controller.enqueue(chunk)
      if (left === 0) controller.close()
    },
  })
}

await source().pipeTo(ws.writable, { preventClose: true })
await ws.send('end')
const { bytes, sha256 } = await ws.recvJSON<{ bytes: number; sha256: string }>()
const memory = Math.round(process.memoryUsage().rss / 1e6)
console.log(`${bytes} bytes, SHA-256 ${sha256 === hash.digest('hex') ? 'equal' : 'DIFFERENT'}, resident ${memory} MB`)
