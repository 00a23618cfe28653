/**
 * A file of any size as one message in each direction, in little memory: it is sent while it is read, and the message that
 * comes back is written while it arrives.
 *
 *     node build/examples/stream-file.mjs ws://localhost:8080/mirror [file] [copy]
 */

import { createReadStream, createWriteStream } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { connect } from 'websocket-rs'

const [
  url = 'ws://localhost:8080/mirror',
  file = fileURLToPath(import.meta.url),
  copy = join(tmpdir(), 'stream-file.copy'),
] = process.argv.slice(2)

await using ws = await connect(url)
// Not awaited yet: the server may send the beginning back before it has the end.
const sent = ws.send(createReadStream(file))
const stream = await ws.recvStream()
const target = createWriteStream(copy)
await Promise.all([sent, pipeline(stream, target)])
console.log(`${target.bytesWritten} bytes, ${stream.kind}, in ${copy}`)
