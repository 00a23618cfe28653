// The accepted forms of headers, and the forms that are rejected because they would be misread.

import { describe, expect, test } from 'vitest'
import type { ConnectOptions } from 'websocket-rs'
import { toSettings } from '../support/internals.js'

const headers = (value: unknown) =>
  toSettings('ws://localhost', { headers: value } as ConnectOptions).request.headers
const rejection = (text: string) =>
  expect.objectContaining({
    name: 'TypeError',
    code: 'ERR_WS_INVALID_OPTION',
    message: expect.stringContaining(text),
  })

describe('proxyHeaders', () => {
  const given = (value: unknown) =>
    toSettings('ws://localhost', { proxyHeaders: value } as ConnectOptions).request.proxyHeaders

  test('are accepted in the same forms as headers', () => {
    expect(given({ a: ['1', '2'], Cookie: ['b', 'c'] })).toEqual(['a', '1', 'a', '2', 'Cookie', 'b; c'])
    expect(given(undefined)).toBeUndefined()
    expect(() => given({ 'x-bad': null })).toThrow(rejection('proxyHeaders.x-bad'))
    expect(() => given(5)).toThrow(rejection('proxyHeaders'))
  })
})

describe('headers', () => {
  test('repeated cookies are joined into one line in the place of the first', () => {
    const pairs = [
      ['a', '1'],
      ['Cookie', 'x'],
      ['b', '2'],
      ['COOKIE', 'y'],
    ]
    expect(headers(pairs)).toEqual(['a', '1', 'Cookie', 'x; y', 'b', '2'])
  })

  test.each([
    ['an object', { 'X-One': 'a', 'x-two': 'b' }, ['X-One', 'a', 'x-two', 'b']],
    ['an object with numbers', { a: 1 }, ['a', '1']],
    ['an object with arrays of values', { a: ['1', '2'], b: [] }, ['a', '1', 'a', '2']],
    ['a Map', new Map([['a', '1']]), ['a', '1']],
    ['an object without a prototype', Object.assign(Object.create(null), { a: '1' }), ['a', '1']],
    ['an empty object', {}, []],
  ])('are accepted as %s', (_, value, flat) => {
    expect(headers(value)).toEqual(flat)
  })

  test('are none if they are undefined, and a value of undefined is left out', () => {
    expect(headers(undefined)).toEqual([])
    expect(headers({ a: undefined, b: '1' })).toEqual(['b', '1'])
  })

  test.each([null, true, {}, Symbol('s'), [['nested']]])(
    'the error for an invalid value names the header: %s',
    (value) => {
      expect(() => headers({ 'x-bad': value })).toThrow(rejection('headers.x-bad'))
    },
  )

  test.each([[[5]], [['ab']], [[['a']]], [[[1, 'a']]], [[null]], [new Set(['ab'])]])(
    'an iterable of anything but pairs is rejected: %s',
    (value) => {
      expect(() => headers(value)).toThrow(rejection('headers'))
    },
  )
})
