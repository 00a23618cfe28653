// Payloads: the values that send() and ping() accept, converted to a view of the same bytes.

import { describe, expect, test } from 'vitest'
import { describeValue, native, present, toPingPayload, toView } from '../support/internals.js'

const BYTES = [1, 2, 3, 4, 5, 6, 7, 8]

/** Returns the bytes of a view. */
function bytesOf(view: NodeJS.ArrayBufferView): number[] {
  return [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)]
}

const memory = () => Uint8Array.from(BYTES).buffer
const shared = () => {
  const buffer = new SharedArrayBuffer(8)
  new Uint8Array(buffer).set(BYTES)
  return buffer
}

const VIEWS: [
  name: string,
  make: (of: ArrayBufferLike) => NodeJS.ArrayBufferView,
  from: number,
  to: number,
][] = [
  ['a Buffer', (of) => Buffer.from(of as ArrayBuffer, 1, 6), 1, 7],
  ['a Uint8Array', (of) => new Uint8Array(of, 3), 3, 8],
  ['a Uint8ClampedArray', (of) => new Uint8ClampedArray(of, 0, 0), 0, 0],
  ['an Int16Array', (of) => new Int16Array(of, 2, 2), 2, 6],
  ['a Uint32Array', (of) => new Uint32Array(of, 4), 4, 8],
  ['a Float64Array', (of) => new Float64Array(of), 0, 8],
  ['a BigInt64Array', (of) => new BigInt64Array(of), 0, 8],
  ['a DataView', (of) => new DataView(of, 1, 3), 1, 4],
]

describe('transferred memory', () => {
  const transferred = <T>(make: (memory: ArrayBuffer) => T): T => {
    const memory = new ArrayBuffer(8)
    const made = make(memory)
    structuredClone(memory, { transfer: [memory] })
    return made
  }

  test.each([
    ['a buffer', transferred((memory) => memory)],
    ['a Buffer', transferred((memory) => Buffer.from(memory, 1, 6))],
    ['a DataView', transferred((memory) => new DataView(memory))],
  ])('is rejected instead of sent as an empty message: %s', (_, data) => {
    const rejection = expect.objectContaining({ code: 'ERR_WS_INVALID_DATA' })
    expect(() => toPingPayload(data)).toThrow(rejection)
    // A view is checked later; see __test__/api/messages.test.ts.
    if (!ArrayBuffer.isView(data)) expect(() => toView(data)).toThrow(rejection)
  })
})

describe('toView', () => {
  test.each(VIEWS)('returns exactly the bytes of %s', (_, make, from, to) => {
    expect(bytesOf(toView(make(memory())))).toEqual(BYTES.slice(from, to))
  })

  test.each(VIEWS)('returns %s on unshared memory without a copy', (_, make) => {
    const view = make(memory())
    expect(toView(view)).toBe(view)
  })

  test.each(VIEWS)('copies exactly the bytes of %s on shared memory', (_, make, from, to) => {
    const source = shared()
    const view = toView(make(source))
    new Uint8Array(source).fill(0)
    expect(view.buffer).toBeInstanceOf(ArrayBuffer)
    expect(bytesOf(view)).toEqual(BYTES.slice(from, to))
  })

  test('returns all bytes of an ArrayBuffer without a copy', () => {
    const source = memory()
    expect(toView(source).buffer).toBe(source)
    expect(bytesOf(toView(source))).toEqual(BYTES)
  })

  test('copies all bytes of a SharedArrayBuffer', () => {
    const source = shared()
    const view = toView(source)
    new Uint8Array(source).fill(0)
    expect(bytesOf(view)).toEqual(BYTES)
  })

  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, 'a number'],
    [5n, 'a bigint'],
    [true, 'a boolean'],
    [Symbol('s'), 'a symbol'],
    [() => 1, 'a function'],
    [{}, 'an object of class Object'],
    [[1], 'an object of class Array'],
    [new Date(0), 'an object of class Date'],
    [Object.create(null), 'an object of class null'],
    [Promise.resolve('x'), 'an object of class Promise'],
    [(async function* () {})(), 'an object of class AsyncGenerator'],
  ])('rejects %s and names its type', (value, name) => {
    expect(() => toView(value)).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        code: 'ERR_WS_INVALID_DATA',
        message: expect.stringContaining(`cannot send ${name}:`),
      }),
    )
  })
})

describe('toPingPayload', () => {
  test('encodes text as UTF-8 and returns bytes unchanged', () => {
    expect(bytesOf(toPingPayload('ä'))).toEqual([0xc3, 0xa4])
    expect(bytesOf(toPingPayload(memory()))).toEqual(BYTES)
    expect(bytesOf(toPingPayload(''))).toEqual([])
  })

  test('limits the payload to 125 bytes', () => {
    expect(toPingPayload('a'.repeat(125)).byteLength).toBe(125)
    for (const data of ['a'.repeat(126), 'ä'.repeat(63), Buffer.alloc(126)]) {
      expect(() => toPingPayload(data)).toThrow(
        expect.objectContaining({ name: 'TypeError', code: 'ERR_WS_INVALID_DATA' }),
      )
    }
  })

  test.each([null, undefined, 5, {}])('rejects %s', (value) => {
    expect(() => toPingPayload(value)).toThrow(expect.objectContaining({ code: 'ERR_WS_INVALID_DATA' }))
  })
})

test('describeValue() names a value without its content', () => {
  expect(describeValue('secret')).toBe('a string')
  expect(describeValue({ secret: 1 })).toBe('an object of class Object')
})

describe('native sendBytes()', () => {
  /** The payload needs a conversion first. */
  const CONVERT = -2
  /** The payload was accepted, but the connection does not exist. */
  const NO_CONNECTION = -1
  /** A number that no connection has. */
  const unknownId = 2 ** 40
  const detached = () => {
    const view = new Uint8Array(4)
    structuredClone(view.buffer, { transfer: [view.buffer] })
    return view
  }

  test.each([
    ['a Buffer', Buffer.from('x'), NO_CONNECTION],
    ['a Uint8Array', new Uint8Array(1), NO_CONNECTION],
    ['a Uint8Array on shared memory', new Uint8Array(shared()), CONVERT],
    ['a Buffer on shared memory', Buffer.from(shared()), CONVERT],
    ['an empty Uint8Array', new Uint8Array(0), CONVERT],
    ['a Uint8Array whose memory was transferred', detached(), CONVERT],
    ['another typed array', new Uint16Array(1), CONVERT],
    ['a DataView', new DataView(new ArrayBuffer(1)), CONVERT],
    ['an ArrayBuffer', new ArrayBuffer(1), CONVERT],
    ['an object', {}, CONVERT],
    ['null', null, CONVERT],
    ['undefined', undefined, CONVERT],
  ])('accepts only unshared, non-empty bytes: %s', (_, data, result) => {
    expect(native.sendBytes(unknownId, data)).toBe(result)
  })
})

describe('a view whose memory has shrunk', () => {
  type Resizable = ArrayBuffer & { resize(bytes: number): void }
  const Sized = ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => Resizable

  test.each([
    ['a Uint8Array', (memory: ArrayBuffer) => new Uint8Array(memory, 4, 4)],
    ['a Uint16Array', (memory: ArrayBuffer) => new Uint16Array(memory, 4, 2)],
    ['a Buffer', (memory: ArrayBuffer) => Buffer.from(memory, 4, 4)],
    ['a DataView', (memory: ArrayBuffer) => new DataView(memory, 4, 4)],
  ])('is rejected instead of sent as an empty message: %s', (_, make) => {
    const memory = new Sized(8, { maxByteLength: 8 })
    const view = make(memory)
    expect(present(view)).toBe(view)
    memory.resize(2)
    expect(() => present(view)).toThrow(/too small/)
  })

  test('is accepted if the view is empty by itself', () => {
    for (const view of [new Uint8Array(0), new DataView(new ArrayBuffer(0))]) expect(present(view)).toBe(view)
  })
})
