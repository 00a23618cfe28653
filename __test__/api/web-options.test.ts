// The web API: arguments of the constructor and of close().

import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { type CloseEvent, type ErrorEvent, WebSocket, type WebSocketInit } from 'websocket-rs/web'
import { peer } from '../support/peer.js'

const SYNTAX_ERROR = expect.objectContaining({ name: 'SyntaxError', code: 12 })
const ORIGIN = Symbol.for('undici.globalOrigin.1')

/** Connects with options and returns the headers that the peer has received, names in lower case. */
async function headersOf(protocols: string | string[] | WebSocketInit): Promise<Record<string, string[]>> {
  const ws = new WebSocket(`${peer.ws}/headers`, protocols)
  const [{ data }] = (await once(ws, 'message')) as [{ data: string }]
  ws.close()
  return JSON.parse(data)
}

test.each([
  'no url',
  '/path',
  'ftp://localhost/',
  'ws://localhost/#',
  'ws://localhost/#fragment',
  'ws://local host/',
  'mailto:x@y',
])('throws SyntaxError for the URL %s', (url) => {
  expect(() => new WebSocket(url)).toThrow(SYNTAX_ERROR)
})

test.each([[['']], [['a b']], [['a', 'a']], [['a', 'A']], [['\u00e4']], ['a,b']])(
  'throws SyntaxError for the subprotocols %j',
  (protocols) => {
    expect(() => new WebSocket(peer.ws, protocols)).toThrow(SYNTAX_ERROR)
    expect(() => new WebSocket(peer.ws, { protocols })).toThrow(SYNTAX_ERROR)
  },
)

test('throws TypeError without an argument, for a symbol, and for headers that cannot be sent', () => {
  const attempts = [
    () => Reflect.construct(WebSocket, []),
    () => new WebSocket(Symbol('x') as never),
    () => new WebSocket(peer.ws, { headers: { 'a b': 'c' } }),
    () => new WebSocket(peer.ws, { headers: { a: 'b\nc' } }),
    () => new WebSocket(peer.ws, { headers: { a: '\u0100' } }),
    () => new WebSocket(peer.ws, { headers: 'text' as never }),
    () => new WebSocket(peer.ws, { tls: 1 as never }),
  ]
  for (const attempt of attempts) expect(attempt).toThrow(TypeError)
})

test('warns once of a dispatcher that the program has set for undici', async () => {
  const key = Symbol.for('undici.globalDispatcher.1')
  const global = globalThis as unknown as Record<symbol, unknown>
  const before = global[key]
  const warnings: string[] = []
  const note = ({ message, code }: Error & { code?: string }) => void warnings.push(`${code}: ${message}`)
  process.on('warning', note)
  onTestFinished(() => {
    process.off('warning', note)
    if (before === undefined) delete global[key]
    else global[key] = before
  })
  const open = async (init: object) => {
    const ws = new WebSocket(peer.ws, init)
    await once(ws, 'open')
    ws.close()
  }
  global[key] = new (class Agent {})()
  await open({})
  global[key] = Object.create(null)
  await open({})
  global[key] = new (class ProxyAgent {})()
  await open({ proxy: false })
  expect(warnings).toEqual([])
  await open({})
  await open({})
  expect(warnings).toEqual([
    expect.stringMatching(/^WEBSOCKET_RS_IGNORED: .*ProxyAgent of setGlobalDispatcher/),
  ])
})

test('throws NotSupportedError for a dispatcher', () => {
  const init = { dispatcher: {} } as never
  expect(() => new WebSocket(peer.ws, init)).toThrow(expect.objectContaining({ name: 'NotSupportedError' }))
})

test('serialises the URL with the scheme ws: or wss:', () => {
  const urls = [
    ['http://127.0.0.1:1/a b', 'ws://127.0.0.1:1/a%20b'],
    ['WSS://LOCALHOST:1', 'wss://localhost:1/'],
    [new URL('https://localhost:443/?x'), 'wss://localhost/?x'],
  ] as const
  for (const [given, shown] of urls) {
    const ws = new WebSocket(given)
    expect(ws.url).toBe(shown)
    ws.close()
  }
})

test("resolves a relative URL by the origin of undici's setGlobalOrigin", () => {
  const globals = globalThis as { [ORIGIN]?: URL | undefined }
  globals[ORIGIN] = new URL('https://127.0.0.1:1/page/')
  try {
    const ws = new WebSocket('socket?q')
    expect(ws.url).toBe('wss://127.0.0.1:1/page/socket?q')
    ws.close()
  } finally {
    delete globals[ORIGIN]
  }
})

test('sends headers of an object, a list and Headers', async () => {
  for (const headers of [
    { 'x-key': 'v' },
    [['x-key', 'v']] as [string, string][],
    new Headers({ 'x-key': 'v' }),
  ])
    expect(await headersOf({ headers })).toMatchObject({ 'x-key': ['v'] })
  expect(await headersOf({ headers: null })).not.toHaveProperty('x-key')
})

test('offers subprotocols of a string, a list and the options', async () => {
  for (const protocols of ['chat', ['chat'], { protocols: 'chat' }, { protocols: ['chat'] }])
    expect(await headersOf(protocols)).toMatchObject({ 'sec-websocket-protocol': ['chat'] })
  expect(await headersOf([])).not.toHaveProperty('sec-websocket-protocol')
})

test('exposes the subprotocol that the server chose, and no extension that it did not', async () => {
  const ws = new WebSocket(peer.ws, ['mqtt', 'chat'])
  expect([ws.protocol, ws.extensions]).toEqual(['', ''])
  await once(ws, 'open')
  expect([ws.protocol, ws.extensions]).toEqual(['chat', ''])
  ws.close()
})

test('ignores what undici ignores', async () => {
  const ws = new WebSocket(`${peer.ws}/echo`, { agent: 1, rejectUnauthorized: 'x', unknown: true } as never)
  await once(ws, 'open')
  ws.close()
})

test('connects by TLS with the options of connect', async () => {
  const ws = new WebSocket(`${peer.wss}/echo`, { tls: { ca: peer.ca } })
  await once(ws, 'open')
  ws.close()
  const refused = new WebSocket(`${peer.wss}/echo`)
  const [{ error }] = (await once(refused, 'error')) as [ErrorEvent]
  expect(error.code).toBe('ERR_WS_TLS')
})

test('uses no proxy of the environment', async () => {
  process.env.ws_proxy = 'http://127.0.0.1:1'
  try {
    const { port } = new URL(peer.ws)
    const ws = new WebSocket(`ws://proxied.test:${port}/echo`, {
      lookup: (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
    })
    await once(ws, 'open')
    ws.close()
  } finally {
    delete process.env.ws_proxy
  }
})

test('close() takes 1000 and 3000 to 4999, clamped, and reasons of at most 123 bytes', async () => {
  const ws = new WebSocket(peer.ws)
  const access = expect.objectContaining({ name: 'InvalidAccessError', code: 15 })
  for (const code of [0, 999, 1001, 1005, 2999, 5000, 70_000, Number.NaN, '1001', null])
    expect(() => ws.close(code as never)).toThrow(access)
  expect(() => ws.close(1000, '\u00e4'.repeat(62))).toThrow(SYNTAX_ERROR)
  await once(ws, 'open')
  ws.close(3000.4, '\u00e4'.repeat(61))
  // Without effect, but checked.
  expect(() => ws.close(1)).toThrow(access)
  ws.close()
  const [event] = (await once(ws, 'close')) as [CloseEvent]
  expect(event).toMatchObject({ code: 3000, reason: '\u00e4'.repeat(61), wasClean: true })
})

test.each([
  [[], ''],
  [[1000], '03e8'],
  [[undefined, 'r'], '03e872'],
])('close() with %j sends the close frame %s', async (given, hex) => {
  const script = peer.script([
    { accept: true },
    { readUntilClose: true },
    { hex: '8800' },
    { readToEnd: true },
  ])
  const ws = new WebSocket(script.url)
  await once(ws, 'open')
  ws.close(...(given as []))
  expect(ws.readyState).toBe(WebSocket.CLOSING)
  const [event] = (await once(ws, 'close')) as [CloseEvent]
  expect(event).toMatchObject({ code: 1005, reason: '', wasClean: true })
  const { frames } = await script.transcript()
  expect(frames.at(-1)).toMatchObject({ opcode: 8, hex })
})

test('close() while connecting fires error and close in a later task', async () => {
  const ws = new WebSocket(`${peer.ws}/echo`)
  const events: string[] = []
  for (const name of ['open', 'error', 'close']) ws.addEventListener(name, () => events.push(name))
  ws.close()
  expect([ws.readyState, events]).toEqual([WebSocket.CLOSING, []])
  const [event] = (await once(ws, 'close')) as [CloseEvent]
  expect(event).toMatchObject({ code: 1006, wasClean: false })
  expect([ws.readyState, events]).toEqual([WebSocket.CLOSED, ['error', 'close']])
})

test('closeTimeout ends a connection whose peer does not answer the close frame', async () => {
  const ws = new WebSocket(`${peer.ws}/silent`, { closeTimeout: 50 })
  await once(ws, 'open')
  ws.close()
  const [event] = (await once(ws, 'close')) as [CloseEvent]
  expect(event).toMatchObject({ code: 1006, wasClean: false })
})

test('offers permessage-deflate unless compression is false, and exposes what was agreed', async () => {
  expect(await headersOf([])).toMatchObject({
    'sec-websocket-extensions': ['permessage-deflate; client_max_window_bits'],
  })
  expect(await headersOf({ compression: false })).not.toHaveProperty('sec-websocket-extensions')
  const ws = new WebSocket(`${peer.ws}/?deflate=1`)
  await once(ws, 'open')
  expect(ws.extensions).toMatch(/^permessage-deflate/)
  const text = 'compressed '.repeat(100)
  ws.send(text)
  const [{ data }] = (await once(ws, 'message')) as [{ data: string }]
  expect(data).toBe(text)
  ws.close()
})
