/**
 * A transfer of 300 MB in little memory: the stream waits while the server does not take more. The server's SHA-256 shows
 * that all bytes have arrived.
 *
 *     node build/examples/transfer.mjs ws://localhost:8080/upload [megabytes]
 */

import { createHash, randomBytes } from 'node:crypto'
import { ReadableStream } from 'node:stream/web'
import { connect } from 'websocket-rs'

interface Receipt {
  bytes: number
  sha256: string
}

const [url = 'ws://localhost:8080/upload', megabytes = '300'] = process.argv.slice(2)
const CHUNK = 256 * 1024

const hash = createHash('sha256')
let resident = 0

/** Yields random bytes in place of a file, for which this would be `createReadStream`. */
async function* chunks(): AsyncGenerator<Buffer> {
  for (let left = Number(megabytes) * 1e6; left > 0; left -= CHUNK) {
    const chunk = randomBytes(Math.min(left, CHUNK))
    hash.update(chunk)
    resident = Math.max(resident, process.memoryUsage.rss())
    yield chunk
  }
}

await using ws = await connect(url)
// Closing `writable` would close the connection before the receipt.
await ReadableStream.from(chunks()).pipeTo(ws.writable, { preventClose: true })
await ws.send('end')
const { bytes, sha256 } = await ws.recvJSON<Receipt>()

const verdict = sha256 === hash.digest('hex') ? 'equal' : 'DIFFERENT'
console.log(`${bytes} bytes, SHA-256 ${verdict}, at most ${Math.round(resident / 1e6)} MB resident`)
