// Echoed messages: every type that can be sent, every size at which framing or memory changes.

import { describe, expect, test } from 'vitest'
import type { Data } from 'websocket-rs'
import { apis, call } from '../support/apis.js'
import { peer } from '../support/peer.js'

const KIB = 1024
const MIB = 1024 * KIB
const SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 128 * KIB, 256 * KIB + 1, MIB, 5 * MIB]

/** Returns bytes whose pattern changes at powers of two, so that misplaced blocks are detected. */
function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; at += 1) bytes[at] = (at * 31 + (at >> 8) * 7 + (at >> 16)) & 0xff
  return bytes
}

const memory = () => Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8).buffer
const shared = () => {
  const buffer = new SharedArrayBuffer(8)
  new Uint8Array(buffer).set([1, 2, 3, 4, 5, 6, 7, 8])
  return buffer
}

const BINARY: [name: string, data: () => Data, expected: number[]][] = [
  ['a Buffer', () => Buffer.of(0, 255, 10), [0, 255, 10]],
  ['a part of a Buffer', () => Buffer.from(memory()).subarray(2, 4), [3, 4]],
  ['a Uint8Array with an offset', () => new Uint8Array(memory(), 5, 2), [6, 7]],
  ['a Uint16Array', () => new Uint16Array(memory(), 2, 1), [3, 4]],
  ['a Float64Array', () => new Float64Array(memory()), [1, 2, 3, 4, 5, 6, 7, 8]],
  ['a BigUint64Array', () => new BigUint64Array(memory()), [1, 2, 3, 4, 5, 6, 7, 8]],
  ['a DataView with an offset', () => new DataView(memory(), 1, 3), [2, 3, 4]],
  ['an ArrayBuffer', memory, [1, 2, 3, 4, 5, 6, 7, 8]],
  ['a SharedArrayBuffer', shared, [1, 2, 3, 4, 5, 6, 7, 8]],
  ['a view of shared memory', () => new Uint8Array(shared(), 6), [7, 8]],
  ['a DataView of shared memory', () => new DataView(shared(), 3, 2), [4, 5]],
  ['an empty Buffer', () => Buffer.alloc(0), []],
  ['an empty ArrayBuffer', () => new ArrayBuffer(0), []],
]

const TEXTS: [name: string, text: string, expected?: string][] = [
  ['empty', ''],
  ['ASCII', 'hello'],
  ['Latin-1', 'grüße'],
  ['with UTF-8 sequences of every length', 'aä€😀'],
  ['with null characters', '\0a\0'],
  ['long and beyond Latin-1', '€'.repeat(50_000)],
  ['long and astral', '😀'.repeat(40_000)],
  ['long and Latin-1', 'ä'.repeat(70_000)],
  ['with a lone high surrogate', 'a\ud800b', 'a\ufffdb'],
  ['with a lone low surrogate', '\udc00', '\ufffd'],
  ['that ends in half a surrogate pair', '😀\ud83d', '😀\ufffd'],
  ['with surrogates in the wrong order', '\ude00\ud83d', '\ufffd\ufffd'],
  ['that is a concatenated string', `${'x'.repeat(20_000)}${'ä'.repeat(20_000)}`],
]

describe.each(apis)('$name', ({ connect }) => {
  test.each(BINARY)('sends exactly the bytes of %s as a binary message', async (_, data, expected) => {
    const ws = await connect(peer.ws)
    await ws.send(data())
    const message = await ws.recv()
    expect(Buffer.isBuffer(message)).toBe(true)
    expect([...(message as Buffer)]).toEqual(expected)
    ws.terminate()
  })

  test.each(TEXTS)('sends a string as a text message: %s', async (_, text, expected = text) => {
    const ws = await connect(peer.ws)
    await ws.send(text)
    const message = await ws.recv()
    expect(typeof message).toBe('string')
    expect(message === expected).toBe(true)
    ws.terminate()
  })

  test.each(SIZES)('transfers %i bytes of text and of binary data unchanged', async (size) => {
    const ws = await connect(peer.ws)
    const bytes = pattern(size)
    const text = 'abcdefghij'.repeat(Math.ceil(size / 10)).slice(0, size)
    await ws.send(bytes)
    await ws.send(text)
    await ws.send('after')
    expect(bytes.equals((await ws.recv()) as Buffer)).toBe(true)
    expect((await ws.recv()) === text).toBe(true)
    expect(await ws.recv()).toBe('after')
    ws.terminate()
  })

  test('keeps the order and type of mixed messages sent at once', async () => {
    const ws = await connect(peer.ws)
    const sizes = [0, 10, 70_000, 126, 3, 65_536, 200]
    const sent = Array.from({ length: 210 }, (_, number) => {
      const size = sizes[number % sizes.length] as number
      return number % 2 === 0 ? `${number}`.padEnd(size, '.') : Buffer.alloc(size, number)
    })
    const sends = sent.map((message) => ws.send(message))
    for (const [number, message] of sent.entries()) {
      const received = await ws.recv()
      expect([number, typeof received, received.length]).toEqual([number, typeof message, message.length])
      expect(Buffer.from(received as string).equals(Buffer.from(message as string))).toBe(true)
    }
    await Promise.all(sends)
    ws.terminate()
  })

  test.each([undefined, null, 5, 5n, true, {}, [1], Symbol('s'), () => {}, new Date(0)])(
    'rejects %s with ERR_WS_INVALID_DATA and stays usable',
    async (data) => {
      const ws = await connect(peer.ws)
      await expect(async () => ws.send(data as never)).rejects.toMatchObject({
        name: 'TypeError',
        code: 'ERR_WS_INVALID_DATA',
      })
      await ws.send('next')
      expect(await ws.recv()).toBe('next')
      ws.terminate()
    },
  )

  test.each([
    ['a buffer', (memory: ArrayBuffer) => memory],
    ['a Buffer', (memory: ArrayBuffer) => Buffer.from(memory, 1, 6)],
    ['a DataView', (memory: ArrayBuffer) => new DataView(memory)],
  ])('rejects transferred memory instead of sending an empty message: %s', async (_, make) => {
    const ws = await connect(peer.ws)
    const memory = new ArrayBuffer(8)
    const data = make(memory)
    structuredClone(memory, { transfer: [memory] })
    const rejection = { name: 'TypeError', code: 'ERR_WS_INVALID_DATA', message: /transferred/ }
    await expect(async () => ws.send(data)).rejects.toMatchObject(rejection)
    for (const empty of [Buffer.alloc(0), new DataView(new ArrayBuffer(8), 8), new ArrayBuffer(0)])
      await ws.send(empty)
    for (let count = 0; count < 3; count += 1) expect(await ws.recv()).toHaveLength(0)
    expect(ws.stats().messagesSent).toBe(3)
    ws.terminate()
  })

  test.each([10, 100_000])('ignores changes to a Buffer of %i bytes after send() returned', async (size) => {
    const ws = await connect(peer.ws)
    const data = Buffer.alloc(size, 1)
    const sending = ws.send(data)
    data.fill(2)
    await sending
    expect(Buffer.alloc(size, 1).equals((await ws.recv()) as Buffer)).toBe(true)
    ws.terminate()
  })

  test.each([10, 100_000])(
    'delivers binary messages of %i bytes in memory that nothing else writes to',
    async (size) => {
      const ws = await connect(peer.ws)
      for (const fill of [1, 2, 3]) await ws.send(Buffer.alloc(size, fill))
      const first = (await ws.recv()) as Buffer
      first.fill(9)
      expect(Buffer.alloc(size, 2).equals((await ws.recv()) as Buffer)).toBe(true)
      const third = (await ws.recv()) as Buffer
      for (let count = 0; count < 100; count += 1) {
        await ws.send(Buffer.alloc(size, 7))
        await ws.recv()
      }
      expect([first, third].map((message) => new Set(message))).toEqual([new Set([9]), new Set([3])])
      ws.terminate()
    },
  )

  test('transfers messages over TLS', async () => {
    const ws = await connect(peer.wss, { tls: { ca: peer.ca } })
    for (const size of [0, 125, 65_536, MIB]) {
      const bytes = pattern(size)
      await ws.send(bytes)
      expect(bytes.equals((await ws.recv()) as Buffer)).toBe(true)
    }
    await ws.close()
    expect(ws).toMatchObject({ closeCode: 1000, wasClean: true })
  })

  test('joins fragmented messages', async () => {
    const ws = await connect(`${peer.ws}/fragments?parts=7`)
    for (const message of ['€'.repeat(1000), pattern(100_000), '', 'a']) {
      await ws.send(message)
      expect(await ws.recv()).toEqual(message)
    }
    ws.terminate()
  })

  test('sendMany() sends messages of any type, from any iterable, in order', async () => {
    const ws = await connect(peer.ws)
    const messages = ['a', Buffer.of(1, 2), '', 'ä'.repeat(70_000), pattern(200_000)]
    await ws.sendMany(messages)
    await ws.sendMany(new Set(['b']))
    await ws.sendMany([])
    for (const message of [...messages, 'b']) expect(await ws.recv()).toEqual(message)
    ws.terminate()
  })

  test('sendMany() waits above the high-water mark and sends all messages', async () => {
    const ws = await connect(`${peer.ws}/sink`, { highWaterMark: 1000 })
    await ws.sendMany(Array.from({ length: 500 }, () => Buffer.alloc(65_536)))
    await ws.send('report')
    expect(JSON.parse(String(await ws.recv()))).toMatchObject({ messages: 500 })
    ws.terminate()
  })

  test('sendMany() stops at an invalid value after it sent the messages before it', async () => {
    const ws = await connect(peer.ws)
    await expect(call(() => ws.sendMany(['a', 5 as never, 'b']))).rejects.toThrow(/cannot send a number/)
    await ws.send('c')
    expect([await ws.recv(), await ws.recv()]).toEqual(['a', 'c'])
    ws.terminate()
  })

  test('sendMany() coalesces messages into few writes', async () => {
    const ws = await connect(peer.ws)
    await ws.sendMany(Array.from({ length: 100 }, () => 'x'))
    for (let count = 0; count < 100; count += 1) await ws.recv()
    expect(ws.stats().writes).toBeLessThan(10)
    ws.terminate()
  })
})
