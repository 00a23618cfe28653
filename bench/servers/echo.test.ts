/** Tests the echo server in C: what it answers to frames of every kind, byte by byte, and to a client. */

import { once } from 'node:events'
import { connect as connectSocket, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { type Server, startServer } from '../runner/server.js'
import { ECHO_SERVER } from '../runner/servers.js'

const MASK = Buffer.from([0x11, 0x22, 0x33, 0x44])
const [FIN, TEXT, BINARY, CLOSE, PING] = [0x80, 1, 2, 8, 9]
const BAD = Buffer.from([FIN | CLOSE, 2, 0x03, 0xea])

const isLinux = process.platform === 'linux'
const suite = describe.runIf(isLinux)

let server: Server
beforeAll(async () => {
  if (isLinux) server = await startServer([ECHO_SERVER])
})
afterAll(() => server?.stop())

function extended(length: number): number[] {
  if (length < 126) return [length]
  if (length <= 0xffff) return [126, length >> 8, length & 0xff]
  const size = Buffer.alloc(8)
  size.writeBigUInt64BE(BigInt(length))
  return [127, ...size]
}

/** A frame of a server. */
function plain(first: number, payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload as string)
  return Buffer.concat([Buffer.from([first, ...extended(bytes.length)]), bytes])
}

/** The same frame of a client. */
function masked(first: number, payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload as string)
  const [kind, ...rest] = extended(bytes.length)
  const header = Buffer.from([first, 0x80 | (kind as number), ...rest])
  return Buffer.concat([header, MASK, bytes.map((byte, at) => byte ^ (MASK[at % 4] as number))])
}

/** A connection of bytes. */
class Raw {
  readonly #socket: Socket
  #received = Buffer.alloc(0)
  #notify = () => {}
  #hasEnded = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes])
      this.#notify()
    })
    socket.on('end', () => {
      this.#hasEnded = true
      this.#notify()
    })
  }

  static async open(): Promise<Raw> {
    const { port, hostname } = new URL(server.ws)
    const socket = connectSocket(Number(port), hostname)
    await once(socket, 'connect')
    onTestFinished(() => void socket.destroy())
    return new Raw(socket)
  }

  /** Opens a connection that has been upgraded. */
  static async upgraded(): Promise<Raw> {
    const raw = await Raw.open()
    raw.write(Buffer.from(UPGRADE))
    await raw.take(RESPONSE.length)
    return raw
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  async take(count: number): Promise<Buffer> {
    while (this.#received.length < count && !this.#hasEnded) await this.#change()
    const taken = this.#received.subarray(0, count)
    this.#received = this.#received.subarray(count)
    return taken
  }

  /** Returns all that comes until the server has sent its last byte. */
  async rest(): Promise<Buffer> {
    while (!this.#hasEnded) await this.#change()
    return this.take(this.#received.length)
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#notify = resolve
    })
  }
}

// The key and its answer are those of RFC 6455, section 1.3.
const UPGRADE =
  'GET / HTTP/1.1\r\nHost: a\r\nconnection: keep-alive, Upgrade\r\nUPGRADE: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
const RESPONSE =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'

async function answerTo(...frames: Buffer[]): Promise<Buffer> {
  const raw = await Raw.upgraded()
  raw.write(Buffer.concat(frames))
  return raw.rest()
}

suite('the handshake', () => {
  test('is answered with the accept key, byte by byte and with a frame behind it', async () => {
    const raw = await Raw.open()
    for (const byte of Buffer.from(UPGRADE)) raw.write(Buffer.from([byte]))
    expect(`${await raw.take(RESPONSE.length)}`).toBe(RESPONSE)
    const other = await Raw.open()
    other.write(Buffer.concat([Buffer.from(UPGRADE), masked(FIN | TEXT, 'now')]))
    expect(`${await other.take(RESPONSE.length)}`).toBe(RESPONSE)
    expect(await other.take(5)).toEqual(plain(FIN | TEXT, 'now'))
  })

  test.each([
    ['another method', UPGRADE.replace('GET', 'POST')],
    ['no key', UPGRADE.replace('Key', 'Cay')],
    ['another version', UPGRADE.replace(': 13', ': 8')],
    ['no upgrade', UPGRADE.replace('WebSocket\r', 'h2c\r')],
    ['a head without an end', 'x'.repeat(9000)],
  ])('is refused: %s', async (_, request) => {
    const raw = await Raw.open()
    raw.write(Buffer.from(request))
    expect(`${await raw.rest()}`).toMatch(/^HTTP\/1.1 400 /)
  })
})

suite('echoes', () => {
  test.each([0, 1, 7, 8, 9, 125, 126, 127, 65_535, 65_536, 1_000_003])('%d bytes', async (size) => {
    const payload = Buffer.from(Array.from({ length: size }, (_, at) => at % 251))
    const raw = await Raw.upgraded()
    raw.write(masked(FIN | BINARY, payload))
    const expected = plain(FIN | BINARY, payload)
    expect((await raw.take(expected.length)).equals(expected)).toBe(true)
  })

  test('frames that arrive byte by byte', async () => {
    const raw = await Raw.upgraded()
    for (const byte of Buffer.concat([masked(FIN | TEXT, 'slow'), masked(FIN | BINARY, 'y'.repeat(200))]))
      raw.write(Buffer.from([byte]))
    const expected = Buffer.concat([plain(FIN | TEXT, 'slow'), plain(FIN | BINARY, 'y'.repeat(200))])
    expect(await raw.take(expected.length)).toEqual(expected)
  })

  test('fragments as they came, with a ping answered between them', async () => {
    const frames = [
      [TEXT, 'a'],
      [FIN | PING, 'p'],
      [0, ''],
      [FIN, 'b'],
      [FIN | TEXT, 'c'],
    ] as const
    const raw = await Raw.upgraded()
    raw.write(Buffer.concat(frames.map(([first, payload]) => masked(first, payload))))
    const expected = frames.map(([first, payload]) =>
      plain(first === (FIN | PING) ? FIN | 10 : first, payload),
    )
    expect(await raw.take(Buffer.concat(expected).length)).toEqual(Buffer.concat(expected))
  })

  test('nothing for a pong', async () => {
    const raw = await Raw.upgraded()
    raw.write(Buffer.concat([masked(FIN | 10, 'x'), masked(FIN | TEXT, 'y')]))
    expect(await raw.take(3)).toEqual(plain(FIN | TEXT, 'y'))
  })

  test('after a client has not read for a while', async () => {
    const ws = new WebSocket(server.ws, { perMessageDeflate: false })
    await once(ws, 'open')
    ws.pause()
    const messages = Array.from({ length: 40 }, (_, at) => Buffer.alloc(1024 * 1024, at))
    for (const message of messages) ws.send(message)
    await sleep(100)
    const received: Buffer[] = []
    const all = new Promise<void>((resolve) => {
      ws.on('message', (data: Buffer) => {
        received.push(data)
        if (received.length === messages.length) resolve()
      })
    })
    ws.resume()
    await all
    expect(received.every((data, at) => data.equals(messages[at] as Buffer))).toBe(true)
    ws.terminate()
  })
})

suite('the end', () => {
  test.each([
    ['without a code', ''],
    ['with a code and a reason', '\x03\xe8bye'],
    ['with a code of the program', '\x0f\xa0'],
  ])('a close frame is returned: %s', async (_, payload) => {
    const bytes = Buffer.from(payload, 'latin1')
    expect(await answerTo(masked(FIN | CLOSE, bytes), masked(FIN | TEXT, 'late'))).toEqual(
      plain(FIN | CLOSE, bytes),
    )
  })

  test.each([
    ['a frame without a mask', plain(FIN | TEXT, '')],
    ['a reserved bit', masked(FIN | 0x40 | TEXT, 'x')],
    ['a reserved opcode', masked(FIN | 3, 'x')],
    ['a reserved opcode of control frames', masked(FIN | 11, '')],
    ['a continuation of nothing', masked(FIN, 'x')],
    ['a message within a message', Buffer.concat([masked(TEXT, ''), masked(TEXT, '')])],
    ['a fragmented ping', masked(PING, '')],
    ['a ping of 126 bytes', masked(FIN | PING, 'x'.repeat(126))],
    ['a close frame of one byte', masked(FIN | CLOSE, 'x')],
    ['a close code that is not sent', masked(FIN | CLOSE, Buffer.from([0x03, 0xed]))],
  ])('code 1002 for %s', async (_, frame) => {
    expect((await answerTo(masked(FIN | PING, ''), frame)).subarray(-4)).toEqual(BAD)
  })

  test('code 1009 for a message beyond the limit', async () => {
    const header = Buffer.from([FIN | BINARY, 0xff, 0, 0, 0, 0, 0x20, 0, 0, 0, ...MASK])
    expect(await answerTo(header)).toEqual(Buffer.from([FIN | CLOSE, 2, 0x03, 0xf1]))
  })

  test('the process ends with its standard input', async () => {
    const other = await startServer([ECHO_SERVER])
    await other.stop()
  })
})
