// A server for messages larger than memory, on node:net. `/send?bytes=N` sends one binary message of N bytes, in one frame;
// `/receive` counts the payload of what comes and replies with it when a message is complete. Prints its URL.

import { createHash } from 'node:crypto'
import { createServer } from 'node:net'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const CHUNK = Buffer.alloc(1024 * 1024, 'chunk')

function accept(head) {
  const key = /sec-websocket-key: (\S+)/i.exec(head)[1]
  const proof = createHash('sha1')
    .update(key + GUID)
    .digest('base64')
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${proof}\r\n\r\n`
}

function sendMessage(socket, bytes) {
  const header = Buffer.alloc(10)
  header.writeUInt16BE(0x827f)
  header.writeBigUInt64BE(BigInt(bytes), 2)
  socket.write(header)
  let left = bytes
  const fill = () => {
    while (left > 0) {
      const chunk = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK
      left -= chunk.length
      if (!socket.write(chunk)) return
    }
  }
  socket.on('drain', fill)
  socket.resume()
  fill()
}

/** Reads masked frames without keeping their payload. */
class FrameCounter {
  #header = Buffer.alloc(0)
  #left = 0
  #isLast = false
  #frames = 0
  bytes = 0
  fragments = 0

  constructor(onMessage) {
    this.onMessage = onMessage
  }

  add(chunk) {
    let at = 0
    while (at < chunk.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - at)
        this.#left -= taken
        at += taken
        this.bytes += taken
      } else at = this.#addHeader(chunk, at)
      if (this.#left === 0 && this.#isLast) {
        this.#isLast = false
        this.onMessage({ bytes: this.bytes, fragments: this.#frames })
      }
    }
  }

  #addHeader(chunk, from) {
    const needed = this.#header.length < 2 ? 2 : headerSize(this.#header)
    const end = Math.min(from + needed - this.#header.length, chunk.length)
    this.#header = Buffer.concat([this.#header, chunk.subarray(from, end)])
    if (this.#header.length >= 2 && this.#header.length === headerSize(this.#header)) this.#begin()
    return end
  }

  #begin() {
    const header = this.#header
    this.#header = Buffer.alloc(0)
    const length = header[1] & 127
    this.#left =
      length < 126 ? length : length === 126 ? header.readUInt16BE(2) : Number(header.readBigUInt64BE(2))
    this.#isLast = (header[0] & 0x88) === 0x80
    this.#frames += 1
  }
}

/** The size of a masked frame's header, of which the first two bytes are known. */
function headerSize(header) {
  const length = header[1] & 127
  return 6 + (length < 126 ? 0 : length === 126 ? 2 : 8)
}

function reply(socket, report) {
  const text = JSON.stringify(report)
  socket.write(Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]))
}

const server = createServer((socket) => {
  let head = ''
  socket.on('error', () => {})
  const read = (chunk) => {
    head += chunk.toString('latin1')
    if (!head.includes('\r\n\r\n')) return
    socket.off('data', read)
    socket.write(accept(head))
    const bytes = /^GET \/send\?bytes=(\d+)/.exec(head)?.[1]
    if (bytes !== undefined) sendMessage(socket, Number(bytes))
    else {
      const counter = new FrameCounter((report) => reply(socket, report))
      socket.on('data', (each) => counter.add(each))
    }
  }
  socket.on('data', read)
})
server.listen(0, '127.0.0.1', () => console.log(`ws://127.0.0.1:${server.address().port}`))
