// The forms in which headers are taken, and those that would be misread.

import { describe, expect, test } from 'vitest'
import type { ConnectOptions } from 'websocket-rs'
import { toSettings } from '../support/internals.js'

const headers = (value: unknown) =>
  toSettings('ws://localhost', { headers: value } as ConnectOptions).request.headers
const refusal = (text: string) =>
  expect.objectContaining({
    name: 'TypeError',
    code: 'ERR_WS_INVALID_OPTION',
    message: expect.stringContaining(text),
  })

describe('proxyHeaders', () => {
  const given = (value: unknown) =>
    toSettings('ws://localhost', { proxyHeaders: value } as ConnectOptions).request.proxyHeaders

  test('are taken as headers are', () => {
    expect(given({ a: ['1', '2'], Cookie: ['b', 'c'] })).toEqual(['a', '1', 'a', '2', 'Cookie', 'b; c'])
    expect(given(undefined)).toBeUndefined()
    expect(() => given({ 'x-bad': null })).toThrow(refusal('proxyHeaders.x-bad'))
    expect(() => given(5)).toThrow(refusal('proxyHeaders'))
  })
})

describe('headers', () => {
  test('repeated cookies are one line, in the place of the first', () => {
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
    ['numbers', { a: 1 }, ['a', '1']],
    ['lists of values', { a: ['1', '2'], b: [] }, ['a', '1', 'a', '2']],
    ['a Map', new Map([['a', '1']]), ['a', '1']],
    ['an object without a prototype', Object.assign(Object.create(null), { a: '1' }), ['a', '1']],
    ['nothing', {}, []],
  ])('are accepted as %s', (_, value, flat) => {
    expect(headers(value)).toEqual(flat)
  })

  test.each([undefined, null, true, {}, Symbol('s'), [['nested']]])(
    'name a value they refuse: %s',
    (value) => {
      if (value === undefined) expect(headers(undefined)).toEqual([])
      expect(() => headers({ 'x-bad': value })).toThrow(refusal('headers.x-bad'))
    },
  )

  test.each([[[5]], [['ab']], [[['a']]], [[[1, 'a']]], [[null]], [new Set(['ab'])]])(
    'are refused as a list of something else than pairs: %s',
    (value) => {
      expect(() => headers(value)).toThrow(refusal('headers'))
    },
  )
})
