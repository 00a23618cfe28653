// send of an iterable: its chunks are fragments of one message. Async sources are in send-async-sources.test.ts.

import { describe, expect, test } from 'vitest'
import { apis, call } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { INCOMPLETE, recorder } from '../support/recorder.js'
import { hex, Opcode } from '../wire/bytes.js'

const { Binary, Continuation, Text } = Opcode

function* counting(): Generator<string> {
  yield* ['1', '2', '3']
}

describe.each(apis)('$name', ({ connect, isBlocking }) => {
  const bytes = (...values: number[]) => Buffer.from(values)

  test.each<[string, Iterable<string | NodeJS.ArrayBufferView | ArrayBufferLike> & object, unknown[][]]>([
    [
      'a generator',
      counting(),
      [
        [false, Text, '31'],
        [false, Continuation, '32'],
        [false, Continuation, '33'],
        [true, Continuation, ''],
      ],
    ],
    [
      'a Set',
      new Set(['a', 'b']),
      [
        [false, Text, '61'],
        [false, Continuation, '62'],
        [true, Continuation, ''],
      ],
    ],
    [
      'an array of views',
      [bytes(1), new DataView(new ArrayBuffer(1)), new Uint16Array([2]), new Uint8Array([3]).buffer],
      [
        [false, Binary, '01'],
        [false, Continuation, '00'],
        [false, Continuation, '0200'],
        [false, Continuation, '03'],
        [true, Continuation, ''],
      ],
    ],
    ['nothing', [], [[true, Binary, '']]],
    ['empty texts', ['', ''], [[true, Text, '']]],
    [
      'empty chunks',
      [bytes(), bytes(7), bytes()],
      [
        [false, Binary, '07'],
        [true, Continuation, ''],
      ],
    ],
    [
      'a surrogate pair in two chunks',
      ['x\ud83d', '\ude00'],
      [
        [false, Text, '78'],
        [false, Continuation, hex('\u{1f600}')],
        [true, Continuation, ''],
      ],
    ],
    ['half of a surrogate pair', ['\ud83d'], [[true, Text, 'efbfbd']]],
  ])('sends the chunks of %s as fragments', async (_name, chunks, frames) => {
    const { url, recorded } = recorder(frames.length)
    const ws = await connect(url)
    await ws.send(chunks)
    await ws.flush()
    expect(ws.stats().messagesSent).toBe(1)
    ws.terminate()
    expect(await recorded()).toEqual(frames)
  })

  test('copies the bytes of a chunk before it takes the next one', async () => {
    const ws = await connect(peer.ws)
    function* reusing() {
      const chunk = Buffer.alloc(2)
      for (let value = 1; value <= 3; value += 1) yield chunk.fill(value)
    }
    await ws.send(reusing())
    expect(await ws.recv()).toEqual(bytes(1, 1, 2, 2, 3, 3))
    ws.terminate()
  })

  test.each<[string, unknown, RegExp]>([
    ['numbers', [1], /chunk 0 of the message, a number:/],
    ['nested arrays', [['a']], /chunk 0 of the message, an object of class Array:/],
    ['a Map', new Map([['a', 'b']]), /chunk 0 .* class Array/],
    ['promises', [Promise.resolve('a')], /chunk 0 .* class Promise/],
    ['a transferred chunk', [transferred()], /chunk 0 .*transferred/],
  ])('refuses %s, sends nothing, and the connection stays open', async (_name, value, message) => {
    const ws = await connect(peer.ws)
    const refused = {
      name: 'TypeError',
      code: 'ERR_WS_INVALID_DATA',
      message: expect.stringMatching(message),
    }
    await expect(call(() => ws.send(value as string[]))).rejects.toMatchObject(refused)
    await ws.send('whole')
    expect(await ws.recv()).toBe('whole')
    ws.terminate()
  })

  test.each([
    ['bytes among strings', ['a', bytes(1)], /chunk 1 .* it is bytes, and those before are strings/],
    ['strings among bytes', [bytes(1), 'a'], /chunk 1 .* it is a string, and those before are bytes/],
  ])('refuses %s, and fails the connection', async (_name, chunks, message) => {
    const { url, recorded } = recorder(2)
    const ws = await connect(url)
    await expect(call(() => ws.send(chunks as string[]))).rejects.toMatchObject({
      code: 'ERR_WS_INVALID_DATA',
      message: expect.stringMatching(message),
    })
    expect((await recorded())[1]).toEqual(INCOMPLETE)
    expect(ws.readyState).toBe(3)
  })

  test('rejects with what the iterable throws; if a part was sent, the connection fails with 1011', async () => {
    const { url, recorded } = recorder(2)
    const ws = await connect(url)
    const cause = new RangeError('no more')
    function* failing() {
      yield 'begun'
      throw cause
    }
    await expect(call(() => ws.send(failing()))).rejects.toBe(cause)
    const end = {
      code: 'ERR_WS_CLOSED',
      closeCode: 1006,
      cause,
      message: expect.stringMatching(/1011.*no more/),
    }
    await expect(call(() => ws.send('x'))).rejects.toMatchObject(end)
    await expect(call(() => ws.recv())).rejects.toMatchObject(end)
    expect((await ws.closed)?.error).toMatchObject(end)
    expect(await recorded()).toEqual([[false, Text, hex('begun')], INCOMPLETE])
  })

  test('an iterable that throws before a part was sent leaves the connection open', async () => {
    const ws = await connect(peer.ws)
    const next = () => {
      throw new RangeError('nothing')
    }
    await expect(call(() => ws.send({ [Symbol.iterator]: () => ({ next }) }))).rejects.toThrow('nothing')
    await ws.send('x')
    expect(await ws.recv()).toBe('x')
    ws.terminate()
  })

  test('leaves the iterable if the connection ends meanwhile', async () => {
    const ws = await connect(peer.ws)
    let isLeft = false
    function* ending() {
      try {
        yield 'a'
        ws.terminate()
        for (;;) yield 'b'
      } finally {
        isLeft = true
      }
    }
    await expect(call(() => ws.send(ending()))).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
    expect(isLeft).toBe(true)
  })

  test('trySend and sendMany take messages that are whole', async () => {
    const ws = await connect(peer.ws)
    const refused = { code: 'ERR_WS_INVALID_DATA', message: expect.stringContaining('only for send()') }
    expect(() => ws.trySend(['a'] as never)).toThrow(expect.objectContaining(refused))
    expect(() => ws.trySend(new Blob(['a']) as never)).toThrow(expect.objectContaining(refused))
    await expect(call(() => ws.sendMany([['a'] as never]))).rejects.toMatchObject(refused)
    await expect(call(() => ws.send(Object('boxed')))).rejects.toMatchObject({ code: 'ERR_WS_INVALID_DATA' })
    ws.terminate()
  })

  test('checks options, and refuses to send on a connection that has ended', async () => {
    const ws = await connect(peer.ws)
    await expect(call(() => ws.send(['a'], { compress: 1 as never }))).rejects.toMatchObject({
      code: 'ERR_WS_INVALID_OPTION',
    })
    await expect(call(() => ws.send('a', { compress: 'no' as never }))).rejects.toMatchObject({
      code: 'ERR_WS_INVALID_OPTION',
    })
    await expect(call(() => ws.send(['a'], { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      name: 'AbortError',
    })
    for (const compress of [true, false]) await ws.send(`${compress}`, { compress })
    expect([await ws.recv(), await ws.recv()]).toEqual(['true', 'false'])
    ws.terminate()
    await expect(call(() => ws.send(['a']))).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
  })

  test.runIf(isBlocking)('refuses what is read asynchronously, and says why', async () => {
    const ws = await connect(peer.ws)
    const refused = (message: RegExp) => ({
      code: 'ERR_WS_INVALID_DATA',
      message: expect.stringMatching(message),
    })
    await expect(call(() => ws.send(new Blob(['a']) as never))).rejects.toMatchObject(
      refused(/Blob.*asynchronously.*arrayBuffer/),
    )
    await expect(call(() => ws.send(new Blob(['a']).stream() as never))).rejects.toMatchObject(
      refused(/ReadableStream.*promise API/),
    )
    ws.terminate()
  })

  test.runIf(isBlocking)('refuses sends of the iterable itself', async () => {
    const ws = await connect(peer.ws)
    function* sending() {
      yield 'a'
      expect(ws.trySend('x')).toBe(false)
      expect(() => ws.send('x')).toThrow(expect.objectContaining({ code: 'ERR_WS_REENTRANT' }))
      yield 'b'
    }
    await ws.send(sending())
    expect(await ws.recv()).toBe('ab')
    ws.terminate()
  })
})

/** Returns a detached ArrayBuffer. */
function transferred(): ArrayBuffer {
  const memory = new ArrayBuffer(1)
  structuredClone(memory, { transfer: [memory] })
  return memory
}
