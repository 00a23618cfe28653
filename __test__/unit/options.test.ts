/** Options: what is taken, what it becomes, and how mistakes are named. */

import { describe, expect, test, vi } from 'vitest'
import type { ConnectOptions } from 'websocket-rs'
import { COMPRESSION_OPTIONS, CONNECT_OPTIONS, TLS_OPTIONS, toMax, toSettings } from '../support/internals.js'

const URL_TEXT = 'ws://localhost'
const settings = (options: object = {}) => toSettings(URL_TEXT, options as ConnectOptions)

function failure(run: () => unknown): { code: string; message: string } {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return error as { code: string; message: string }
  }
  throw new Error('the function did not throw')
}

const TIMES = [
  'connectTimeout',
  'receiveTimeout',
  'sendTimeout',
  'closeTimeout',
  'pingInterval',
  'pingTimeout',
]
const SIZES = ['maxMessageSize', 'highWaterMark']

describe('every option', () => {
  test.each(Object.keys(CONNECT_OPTIONS))('%s is checked', (name) => {
    expect(failure(() => settings({ [name]: Symbol('wrong') })).message).toContain(`option ${name} `)
  })

  test.each(Object.keys(COMPRESSION_OPTIONS))('compression.%s is checked', (name) => {
    expect(failure(() => settings({ compression: { [name]: Symbol('wrong') } })).message).toContain(
      `option compression.${name} `,
    )
  })

  test.each(Object.keys(TLS_OPTIONS))('tls.%s is checked', (name) => {
    expect(failure(() => settings({ tls: { [name]: Symbol('wrong') } })).message).toContain(
      `option tls.${name} `,
    )
  })
})

describe('defaults', () => {
  test('are the documented ones', () => {
    const { request, ...rest } = settings()
    expect(request).toMatchObject({
      connectTimeout: 30_000,
      pingInterval: 20_000,
      pingTimeout: 20_000,
      maxMessageSize: 64 * 1024 * 1024,
      highWaterMark: 1024 * 1024,
      headers: [],
      protocols: [],
      family: 0,
      tls: { rejectUnauthorized: true },
    })
    expect(rest).toMatchObject({
      receiveTimeout: 30_000,
      sendTimeout: 30_000,
      closeTimeout: 10_000,
      receiveQueueBytes: 1024 * 1024,
    })
  })

  test('leave iteration without a timeout unless receiveTimeout is set', () => {
    expect(settings().iterationTimeout).toBe(Number.POSITIVE_INFINITY)
    expect(settings({ receiveTimeout: 5 }).iterationTimeout).toBe(5)
  })
})

describe('invalid options', () => {
  test.each([...TIMES, ...SIZES])('%s must be a number of at least 0', (name) => {
    for (const value of [-1, Number.NaN, '5', null, {}, 1n]) {
      const { code, message } = failure(() => settings({ [name]: value }))
      expect({ code, named: message.includes(name) }).toEqual({ code: 'ERR_WS_INVALID_OPTION', named: true })
    }
  })

  test.each([
    ['protocols', 5],
    ['protocols', ['chat', 5]],
    ['origin', 5],
    ['headers', 'x: y'],
    ['headers', { 'x-a': {} }],
    ['receiveQueue', 5],
    ['receiveQueue', { bytes: -1 }],
    ['tls', 'yes'],
    ['tls', { ca: 5 }],
    ['tls', { rejectUnauthorized: 'no' }],
    ['proxy', 5],
    ['lookup', 'dns'],
    ['proxyTls', { ca: 5 }],
    ['localAddress', 5],
    ['family', 5],
    ['family', null],
    ['proxyTls', null],
    ['signal', {}],
    ['signal', { aborted: false, addEventListener() {} }],
    ['reuseMemory', 1],
    ['reuseMemory', null],
    ['busyPoll', true],
    ['busyPoll', 0],
    ['busyPoll', 1001],
    ['busyPoll', '50'],
    ['compression', null],
    ['compression', 'deflate'],
    ['compression', 1],
    ['compression', []],
    ['compression', { serverNoContextTakeover: 1 }],
    ['compression', { clientNoContextTakeover: null }],
    ['compression', { serverMaxWindowBits: 7 }],
    ['compression', { serverMaxWindowBits: 16 }],
    ['compression', { serverMaxWindowBits: 9.5 }],
    ['compression', { serverMaxWindowBits: true }],
    ['compression', { clientMaxWindowBits: 7 }],
    ['compression', { clientMaxWindowBits: 16 }],
    ['compression', { clientMaxWindowBits: Number.NaN }],
    ['compression', { clientMaxWindowBits: '15' }],
    ['compression', { level: -1 }],
    ['compression', { level: 10 }],
    ['compression', { memLevel: 0 }],
    ['compression', { memLevel: 10 }],
    ['compression', { threshold: -1 }],
    ['compression', { threshold: Number.NaN }],
  ])('the error for %s: %j names the option', (name, value) => {
    const { code, message } = failure(() => settings({ [name]: value }))
    expect(code).toBe('ERR_WS_INVALID_OPTION')
    expect(message).toContain(name)
  })

  test.each([
    [{ conectTimeout: 5 }, 'conectTimeout'],
    [{ tls: { cipher: 'x' } }, 'tls.cipher'],
    [{ receiveQueue: { messages: 5 } }, 'receiveQueue.messages'],
    [{ compression: { windowBits: 5 } }, 'compression.windowBits'],
  ])('the error for %j names the unknown key', (options, name) => {
    const { code, message } = failure(() => settings(options))
    expect(code).toBe('ERR_WS_UNKNOWN_OPTION')
    expect(message).toContain(name)
  })

  test.each([{ tls: { requestOCSP: true } }])(
    '%j is rejected as unsupported instead of ignored',
    (options) => {
      expect(failure(() => settings(options)).code).toBe('ERR_WS_UNSUPPORTED_OPTION')
    },
  )

  test('the URL must be a string or a URL object', () => {
    for (const url of [undefined, 5, {}]) {
      expect(failure(() => toSettings(url as string)).code).toBe('ERR_WS_INVALID_URL')
    }
  })

  test('the options must be an object', () => {
    expect(failure(() => toSettings(URL_TEXT, 5 as never)).code).toBe('ERR_WS_INVALID_OPTION')
  })

  test('max of recvMany() must be at least 1', () => {
    expect(toMax(undefined)).toBe(Number.POSITIVE_INFINITY)
    for (const value of [0, -1, Number.NaN, '5']) expect(failure(() => toMax(value)).message).toContain('max')
  })
})

describe('the environment', () => {
  const variables = (url: string, options: object = {}) => {
    process.env.ALL_PROXY = 'http://proxy'
    try {
      return toSettings(url, options).request.proxyVariables
    } finally {
      delete process.env.ALL_PROXY
    }
  }

  test.each(['ws://localhost', 'wss://user:pw@LOCALHOST:1/a', 'ws://127.1.2.3?a', 'http://[::1]:8/'])(
    'has no say over %s, unless it may redirect',
    (url) => {
      expect(variables(url)).toBeUndefined()
      expect(variables(url, { followRedirects: true })).toContain('http://proxy')
    },
  )

  test.each([
    'ws://localhost.example',
    'ws://127.0.0.1.example',
    'ws://localhost@example',
    'ws://localhost:80@example',
    'ws://127.0.0.1@example/@localhost/',
    'ws://example/ws://localhost',
    'ws://example?@localhost',
    'ws://example#@localhost',
  ])('has a say over %s', (url) => {
    expect(variables(url)).toContain('http://proxy')
  })
})

describe('settings', () => {
  test.each(TIMES)('%s: 0 and Infinity disable the limit', (name) => {
    for (const value of [0, Number.POSITIVE_INFINITY]) {
      const { request, ...rest } = settings({ [name]: value })
      const all = { ...request, ...rest } as Record<string, unknown>
      expect([undefined, Number.POSITIVE_INFINITY]).toContain(all[name])
    }
  })

  test('headers are accepted in every form, and repeated ones keep their order', () => {
    const flat = ['X-One', '1', 'X-Two', 'a', 'X-Two', 'b']
    const forms = [
      { 'X-One': 1, 'X-Two': ['a', 'b'] },
      [
        ['X-One', '1'],
        ['X-Two', 'a'],
        ['X-Two', 'b'],
      ],
    ]
    for (const headers of forms) expect(settings({ headers }).request.headers).toEqual(flat)
    expect(settings({ headers: new Map([['a', 'b']]) }).request.headers).toEqual(['a', 'b'])
    expect(settings({ headers: new Headers({ A: 'b' }) }).request.headers).toEqual(['a', 'b'])
  })

  test('a single subprotocol may be a string', () => {
    expect(settings({ protocols: 'chat' }).request.protocols).toEqual(['chat'])
  })

  test('certificates may be Buffers', () => {
    expect(settings({ tls: { ca: [Buffer.from('pem'), 'text'] } }).request.tls.ca).toEqual(['pem', 'text'])
  })

  test.each([
    [undefined, undefined],
    ['auto' as const, undefined],
    [false as const, 0],
    [1000, 1000],
  ])('busyPoll %j becomes %j', (busyPoll, native) => {
    expect(settings({ busyPoll }).request.busyPoll).toBe(native)
  })

  test('proxy accepts false', () => {
    expect(settings({ proxy: false }).request.url).toBe(URL_TEXT)
  })
})

describe('compression', () => {
  const compression = (value: unknown) => settings({ compression: value }).request.compression
  const defaults = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: undefined,
    clientMaxWindowBits: true,
    level: 4,
    memLevel: 8,
    threshold: 128,
  }

  test('is not offered unless it is asked for', () => {
    for (const value of [undefined, false]) expect(compression(value)).toBeUndefined()
    expect(settings().request.compression).toBeUndefined()
  })

  test('has its defaults for true, an empty object and options that are undefined', () => {
    const left = Object.fromEntries(Object.keys(defaults).map((name) => [name, undefined]))
    for (const value of [true, {}, left]) expect(compression(value)).toEqual(defaults)
  })

  test.each([
    { serverNoContextTakeover: true },
    { clientNoContextTakeover: true },
    { serverMaxWindowBits: 8 },
    { serverMaxWindowBits: 15 },
    { clientMaxWindowBits: false },
    { clientMaxWindowBits: 8 },
    { clientMaxWindowBits: 15 },
    { level: 0 },
    { level: 9 },
    { memLevel: 1 },
    { memLevel: 9 },
    { threshold: 0 },
    { threshold: Number.POSITIVE_INFINITY },
  ])('passes %j on', (given) => {
    expect(compression(given)).toEqual({ ...defaults, ...given })
  })
})

describe('settings of repeated calls', () => {
  const url = 'ws://192.0.2.1/'
  const of = (options?: object, to = url) => toSettings(to, options as ConnectOptions)

  test('are the same if URL and options are equal', () => {
    expect(of()).toBe(of())
    expect(of({})).toBe(of())
    expect(of({ pingInterval: 5, origin: 'a' })).toBe(of({ origin: 'a', pingInterval: 5 }))
  })

  test('differ if a name, a value or the URL does', () => {
    const options: Record<string, unknown> = { pingInterval: 5 }
    const first = of(options)
    options.pingInterval = 7
    expect(of(options).request.pingInterval).toBe(7)
    options.origin = 'a'
    expect(of(options).request.origin).toBe('a')
    delete options.origin
    expect(of(options).request.origin).toBeUndefined()
    expect(of({ pingTimeout: 5 }).request.pingInterval).not.toBe(5)
    expect(of({ pingInterval: 5 }).request.url).toBe(url)
    expect(of({ pingInterval: 5 }, 'ws://192.0.2.2/').request.url).toBe('ws://192.0.2.2/')
    expect(of({ pingInterval: 5 }).requestNumber).not.toBe(first.requestNumber)
    expect(failure(() => of({ pingInterval: -1 })).code).toBe('ERR_WS_INVALID_OPTION')
    expect(failure(() => of('text' as never)).code).toBe('ERR_WS_INVALID_OPTION')
  })

  test('see the content of objects and lists of each call', () => {
    const headers: Record<string, string | string[]> = { a: '1', b: ['2'] }
    const protocols = ['x']
    const options = { headers, protocols, compression: { level: 1 } }
    const first = of(options)
    expect(of({ headers: { a: '1', b: ['2'] }, protocols: ['x'], compression: { level: 1 } })).toBe(first)
    headers.a = '3'
    expect(of(options).request.headers).toEqual(['a', '3', 'b', '2'])
    ;(headers.b as string[]).push('4')
    expect(of(options).request.headers).toEqual(['a', '3', 'b', '2', 'b', '4'])
    protocols[0] = 'y'
    expect(of(options).request.protocols).toEqual(['y'])
    options.compression.level = 2
    expect(of(options).request.compression?.level).toBe(2)
    expect(of({ ...options, protocols: ['y', 'z'] }).request.protocols).toEqual(['y', 'z'])
    expect(of({ ...options, protocols: ['y'] }).request.protocols).toEqual(['y'])
    expect(failure(() => of({ ...options, protocols: { 0: 'y' } })).code).toBe('ERR_WS_INVALID_OPTION')
    expect(failure(() => of({ ...options, compression: [['level', 2]] })).code).toBe('ERR_WS_INVALID_OPTION')
  })

  test('keep nothing of a list that the program changes later', () => {
    const protocols = ['a', 'b']
    const first = of({ protocols })
    protocols.reverse()
    expect(first.request.protocols).toEqual(['a', 'b'])
    expect(of({ protocols: ['a', 'b'] }).request.protocols).toEqual(['a', 'b'])
    // A list with a hole.
    expect(failure(() => of({ protocols: Object.assign([], { 1: 'a' }) })).code).toBe('ERR_WS_INVALID_OPTION')
    expect(of({ headers: { a: Object.assign([], { 1: 'v' }) } }).request.headers).toEqual(['a', 'v'])
    expect(of({ headers: { a: ['q', 'v'] } }).request.headers).toEqual(['a', 'q', 'a', 'v'])
  })

  test('are made anew if reading an option twice may give two values, or a name is hidden', () => {
    let count = 0
    const headers = {
      get a() {
        count += 1
        return `${count}`
      },
    }
    expect(of({ headers }).requestNumber).toBe(0)
    for (const a of ['1', '2', '3', '4']) expect(of({ headers: { a } }).request.headers).toEqual(['a', a])
    const hidden = Object.defineProperty({}, 'headers', { value: { a: '1' }, enumerable: false })
    expect(of(hidden)).toMatchObject({ requestNumber: 0, request: { headers: ['a', '1'] } })
    expect(of({}).request.headers).toEqual([])
    expect(of(hidden).request.headers).toEqual(['a', '1'])
  })

  test('have headers in the order of each call, in every form', () => {
    expect(of({ headers: { a: '1', b: '2' } }).request.headers).toEqual(['a', '1', 'b', '2'])
    expect(of({ headers: { b: '2', a: '1' } }).request.headers).toEqual(['b', '2', 'a', '1'])
    const pairs: [string, string][] = [['a', '1']]
    expect(of({ headers: pairs }).request.headers).toEqual(['a', '1'])
    ;(pairs[0] as string[])[1] = '2'
    expect(of({ headers: pairs }).request.headers).toEqual(['a', '2'])
    expect(of({ headers: new Headers({ a: '1' }) })).toMatchObject({ requestNumber: 0 })
    expect(of({ headers: new Map([['a', '2']]) }).request.headers).toEqual(['a', '2'])
  })

  test('are made anew if an option is an object of another kind, whose content may change', () => {
    const inherited = Object.create({ pingInterval: 9 })
    expect(of(inherited)).toMatchObject({ requestNumber: 0, request: { pingInterval: 9 } })
    const iterable = {
      *[Symbol.iterator]() {
        yield ['a', '1']
      },
    }
    expect(of({ headers: iterable })).toMatchObject({ requestNumber: 0, request: { headers: ['a', '1'] } })
    const list = Object.assign([['a', '1']], { [Symbol.iterator]: iterable[Symbol.iterator] })
    expect(of({ headers: list })).toMatchObject({ requestNumber: 0 })
    expect(of({ lookup: () => {} })).toMatchObject({ requestNumber: 0 })
  })

  test('are made anew for TLS and redirects, which depend on variables', () => {
    expect(of({ followRedirects: true }).requestNumber).toBe(0)
    expect(of({}, 'wss://192.0.2.1/').requestNumber).toBe(0)
  })

  test('see the proxy variables of each call', () => {
    expect(of().request.proxyVariables).toBeUndefined()
    vi.stubEnv('http_proxy', 'http://proxy:1')
    try {
      expect(of().request.proxyVariables).toEqual(['http_proxy', 'http://proxy:1'])
      expect(of({ proxy: false }).request.proxyVariables).toBeUndefined()
    } finally {
      vi.unstubAllEnvs()
    }
    expect(of().request.proxyVariables).toBeUndefined()
  })
})
