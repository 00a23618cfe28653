// The table of error codes, the classes that it names, and the failures that native code reports.

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as api from 'websocket-rs'
import * as blocking from 'websocket-rs/sync'
import { checkClose, type Failure, invalid, toError } from '../support/internals.js'

const CLASSES: Record<string, unknown> = { TypeError, ...api }
const CODES = Object.entries(api.ERROR_CODES)
const root = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
/** Reads the files below a folder whose names end with `end`. */
const readAll = (folder: string, end: string) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(end))
    .map((file) => read(`${folder}/${file}`))
const tests = ['api', 'wire', 'lifecycle'].flatMap((suite) => readAll(`__test__/${suite}`, '.test.ts'))

function failure(code: string, more: Partial<Failure> = {}): Error {
  return toError({ code, phase: 'open', message: 'text', ...more })
}

describe('ERROR_CODES', () => {
  test.each(CODES)('%s has an exported class, a description and a remedy', (_, row) => {
    const [className, when, remedy] = row
    expect(CLASSES[className]).toBeTypeOf('function')
    expect([when, remedy].every((text) => /^\S.*\.$/.test(text))).toBe(true)
  })

  // Native code reports neither an aborted signal nor invalid JSON.
  test.each(CODES.filter(([code]) => !['ABORT_ERR', 'ERR_WS_INVALID_JSON'].includes(code)))(
    '%s becomes an error of its class',
    (code, [name]) => {
      const error = failure(code)
      expect(error).toBeInstanceOf(CLASSES[name])
      expect(error).toMatchObject({ name, code, message: 'text' })
      expect(error).toBeInstanceOf(Error)
    },
  )

  test('contains every code that native code reports', () => {
    const used = read('crates/node/src/boundary/failure.rs').match(/"ERR_WS_\w+"/g) ?? []
    expect(used.length).toBeGreaterThan(10)
    expect(used.map((quoted) => quoted.slice(1, -1)).filter((code) => !(code in api.ERROR_CODES))).toEqual([])
  })

  test('contains no unused code', () => {
    const native = read('crates/node/src/boundary/failure.rs')
    const sources = [native, ...readAll('src', '.ts')].filter((text) => !text.includes('const ERROR_CODES ='))
    const unused = CODES.filter(([code]) => !sources.some((source) => source.includes(code)))
    expect(unused.map(([code]) => code)).toEqual([])
  })

  // ERR_WS_INTERNAL reports a bug of the package; crates/client/tests/connection.rs provokes it.
  const tested = CODES.filter(([code]) => code !== 'ERR_WS_INTERNAL')
  test.each(tested)('%s is checked by a test of the whole package', (code) => {
    expect(tests.some((text) => new RegExp(`\\b${code}\\b`).test(text))).toBe(true)
  })
})

describe('error classes', () => {
  test('are shared by both APIs', () => {
    const shared = Object.entries(blocking).filter(([name]) => /^ERROR_CODES$|Error$/.test(name))
    expect(shared).toHaveLength(11)
    for (const [name, value] of shared) expect(value, name).toBe(CLASSES[name])
  })

  test('are subclasses of WebSocketError, except AbortError', () => {
    const names = Object.keys(api).filter((key) => key.endsWith('Error'))
    const others = names.filter((name) => !(Object.create(prototypeOf(name)) instanceof api.WebSocketError))
    expect(others).toEqual(['AbortError'])
    expect(new api.AbortError()).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' })
  })

  test('have their names in stack traces', () => {
    const error = new api.TimeoutError('ERR_WS_RECEIVE_TIMEOUT', 'open', 'text')
    expect(error.stack).toMatch(/^TimeoutError: text\n/)
    expect(Object.keys(error)).not.toContain('name')
  })
})

function prototypeOf(name: string): object {
  return (CLASSES[name] as { prototype: object }).prototype
}

describe('toError', () => {
  test('keeps the cause with its code', () => {
    const error = failure('ERR_WS_CONNECT', { causeCode: 'ECONNREFUSED', causeMessage: 'refused' })
    expect(error.cause).toBeInstanceOf(Error)
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED', message: 'refused' })
    expect(failure('ERR_WS_CONNECT').cause).toBeUndefined()
  })

  test('keeps status, headers and body of a response, with headers joined as Node does', () => {
    const headers = ['X-A', '1', 'x-a', '2', 'Set-Cookie', 'a=1', 'set-cookie', 'b=2', '__proto__', 'x']
    const body = Buffer.from('body')
    const error = failure('ERR_WS_UNEXPECTED_STATUS', {
      phase: 'upgrade',
      status: 403,
      headers,
      body,
    }) as api.HandshakeError
    expect(error).toMatchObject({ phase: 'upgrade', status: 403, body })
    expect(Object.entries(error.headers)).toEqual([
      ['x-a', '1, 2'],
      ['set-cookie', ['a=1', 'b=2']],
      ['__proto__', 'x'],
    ])
  })

  test('sets an empty response if there was none', () => {
    expect(failure('ERR_WS_INVALID_RESPONSE')).toMatchObject({
      status: 0,
      headers: {},
      body: Buffer.alloc(0),
    })
  })

  test('keeps the close code', () => {
    expect(failure('ERR_WS_INVALID_UTF8', { closeCode: 1007 })).toMatchObject({ closeCode: 1007 })
    expect(failure('ERR_WS_PROTOCOL')).toMatchObject({ closeCode: 1002 })
    expect(failure('ERR_WS_MESSAGE_TOO_BIG')).toMatchObject({ closeCode: 1009 })
    const closed = { closeCode: 1006, closeReason: '', wasClean: false, phase: 'close' }
    expect(failure('ERR_WS_CLOSED')).toMatchObject(closed)
  })
})

describe('checkClose', () => {
  test('accepts exactly the codes that an endpoint may send (RFC 6455 section 7.4)', () => {
    const accepted = Array.from({ length: 5100 }, (_, code) => code).filter((code) => {
      try {
        checkClose(code, '')
        return true
      } catch {
        return false
      }
    })
    const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at)
    expect(accepted).toEqual([...range(1000, 1003), ...range(1007, 1014), ...range(3000, 4999)])
  })

  test.each([1000.5, Number.NaN, '1000', null, undefined, {}])('rejects the code %s', (code) => {
    expect(() => checkClose(code, '')).toThrow(expect.objectContaining({ code: 'ERR_WS_INVALID_CLOSE' }))
  })

  test('limits the reason to 123 bytes', () => {
    checkClose(1000, 'a'.repeat(123))
    for (const reason of ['a'.repeat(124), 'ä'.repeat(62), 5, null, Buffer.from('a')]) {
      expect(() => checkClose(1000, reason)).toThrow(
        expect.objectContaining({ name: 'TypeError', code: 'ERR_WS_INVALID_CLOSE' }),
      )
    }
  })
})

test('invalid() returns a TypeError with a code', () => {
  expect(invalid('ERR_WS_INVALID_DATA', 'text')).toMatchObject({
    name: 'TypeError',
    code: 'ERR_WS_INVALID_DATA',
    message: 'text',
  })
})
