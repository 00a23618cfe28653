// Upgrade responses that the client accepts and rejects (RFC 6455 section 4.1).

import { describe, expect, test } from 'vitest'
import { HandshakeError } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { frame, hex, Opcode } from './bytes.js'

const HEAD = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Accept: {accept}',
]

/** Returns a 101 response with lines replaced, removed (`''`) or added. */
function head(changes: Record<number, string> = {}, ...more: string[]): string {
  const lines = HEAD.map((line, at) => changes[at] ?? line).filter((line) => line !== '')
  return [...lines, ...more, '', ''].join('\r\n')
}

describe.each(apis)('$name opens a connection', ({ connect }) => {
  test.each([
    [
      'header names and values in a different case',
      head({ 1: 'UPGRADE: WebSocket', 2: 'connection: upgrade' }),
    ],
    ['several connection tokens', head({ 2: 'Connection: keep-alive, Upgrade' })],
    ['a different reason phrase', head({ 0: 'HTTP/1.1 101 Sure' })],
    ['no reason phrase', head({ 0: 'HTTP/1.1 101 ' })],
    ['whitespace around values', head({ 1: 'Upgrade:   websocket  ' })],
    ['120 header lines', head({}, ...Array(116).fill('a: b'))],
    ['an empty line before it', `\r\n${head()}`],
    ['two Connection headers', head({ 2: 'Connection: keep-alive' }, 'Connection: upgrade')],
    ['unknown headers', head({}, 'Server: x', 'Set-Cookie: a=b', 'Set-Cookie: c=d')],
    ['an interim response before it', `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${head()}`],
  ])('on a 101 with %s', async (_, response) => {
    const script = peer.script([
      { text: response },
      { frame: { opcode: Opcode.Text, text: 'open' } },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    expect(await ws.recv()).toBe('open')
    ws.terminate()
  })

  test('on a 101 that arrives byte by byte, followed immediately by frames', async () => {
    const script = peer.script([
      { dripText: head({}, 'X-Filler: 0123456789') },
      { drip: frame(Opcode.Text, hex('a')) + frame(Opcode.Text, hex('b')) },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    expect([await ws.recv(), await ws.recv()]).toEqual(['a', 'b'])
    ws.terminate()
  })

  test('and receives frames that arrived in the packet of the 101', async () => {
    // A template is text, so the frames in it consist of ASCII bytes: they are not final.
    const script = peer.script([
      { text: `${head()}\x01\x01a\x00\x02bc\x00\x00` },
      { hex: frame(Opcode.Continuation, hex('d')) },
      { hex: frame(Opcode.Text, hex('next')) },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    expect([await ws.recv(), await ws.recv()]).toEqual(['abcd', 'next'])
    ws.terminate()
  })

  test('and delivers 1000 messages and a close frame sent immediately after the 101', async () => {
    const script = peer.script([
      { accept: true },
      { repeat: 1000, hex: frame(Opcode.Text, hex('x')) },
      { frame: { opcode: Opcode.Close, hex: '03e8' } },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    let count = 0
    for await (const message of ws) count += message === 'x' ? 1 : Number.NaN
    expect(count).toBe(1000)
  })
})

/** Returns a 404 response with additional header lines. */
function notFound(...lines: string[]): string {
  return ['HTTP/1.1 404 Not Found', 'Content-Length: 0', ...lines, '', ''].join('\r\n')
}

describe.each(apis)('$name exposes the upgrade response', ({ connect }) => {
  test('with its status, and its headers in the form that errors have', async () => {
    const lines = [
      'X-One: 1',
      'x-one: 2',
      'Set-Cookie: a=1',
      'set-cookie: b=2',
      'X-Empty:',
      'X-Latin: \u00e9',
    ]
    const script = peer.script([{ text: head({}, ...lines) }, { readToEnd: true }])
    const ws = await connect(script.url)
    const { response } = ws
    expect(response.status).toBe(101)
    expect(Object.entries(response.headers).filter(([name]) => name !== 'sec-websocket-accept')).toEqual([
      ['upgrade', 'websocket'],
      ['connection', 'Upgrade'],
      ['x-one', '1, 2'],
      ['set-cookie', ['a=1', 'b=2']],
      ['x-empty', ''],
      // The script is sent as UTF-8. Each byte becomes a character, as in Node.
      ['x-latin', '\u00c3\u00a9'],
    ])
    expect(response.headers['sec-websocket-accept']).toMatch(/^\S{27}=$/)
    expect(ws.response).toBe(response)
    ws.terminate()
    expect(ws.response).toBe(response)
    const rejecting = peer.script([{ text: notFound(...lines) }, { readToEnd: true }])
    const error = (await connect(rejecting.url).catch((reason: unknown) => reason)) as HandshakeError
    for (const name of ['x-one', 'set-cookie', 'x-empty', 'x-latin'])
      expect(error.headers[name]).toEqual(response.headers[name])
  })

  test('of the last server if it followed redirects', async () => {
    const last = peer.script([{ text: head({}, 'X-Last: yes') }, { readToEnd: true }])
    const text = `HTTP/1.1 302 Found\r\nX-First: yes\r\nLocation: ${last.url}\r\n\r\n`
    const first = peer.script([{ text }, { readToEnd: true }])
    const ws = await connect(first.url, { followRedirects: true })
    expect(ws.response.headers).toMatchObject({ 'x-last': 'yes' })
    expect(ws.response.headers).not.toHaveProperty('x-first')
    ws.terminate()
  })

  test('with 120 header lines', async () => {
    const lines = Array.from({ length: 116 }, (_, at) => `X-${at}: ${at}`)
    const ws = await connect(peer.script([{ text: head({}, ...lines) }, { readToEnd: true }]).url)
    expect(Object.keys(ws.response.headers)).toHaveLength(119)
    expect(ws.response.headers['x-115']).toBe('115')
    ws.terminate()
  })
})

const HUGE = `X-Filler: ${'x'.repeat(1000)}`

/** Rejected responses, and the code and status of the error. */
const REJECTED: [name: string, response: string, code: string, status: number][] = [
  ['a wrong accept', head({ 3: `Sec-WebSocket-Accept: ${'A'.repeat(27)}=` }), 'ERR_WS_INVALID_ACCEPT', 101],
  ['no accept', head({ 3: '' }), 'ERR_WS_INVALID_ACCEPT', 101],
  ['two accepts', head({}, HEAD[3] as string), 'ERR_WS_INVALID_ACCEPT', 101],
  ['no Upgrade header', head({ 1: '' }), 'ERR_WS_INVALID_RESPONSE', 101],
  ['an Upgrade header with another protocol', head({ 1: 'Upgrade: h2c' }), 'ERR_WS_INVALID_RESPONSE', 101],
  ['no Connection header', head({ 2: '' }), 'ERR_WS_INVALID_RESPONSE', 101],
  ['a subprotocol', head({}, 'Sec-WebSocket-Protocol: chat'), 'ERR_WS_INVALID_SUBPROTOCOL', 101],
  ['an extension', head({}, 'Sec-WebSocket-Extensions: permessage-deflate'), 'ERR_WS_INVALID_EXTENSION', 101],
  ['HTTP/1.0', head({ 0: 'HTTP/1.0 101 Switching Protocols' }), 'ERR_WS_INVALID_RESPONSE', 101],
  ['an HTTP/1.0 error status', 'HTTP/1.0 404 Not Found\r\n\r\nno', 'ERR_WS_UNEXPECTED_STATUS', 404],
  ['the greeting of another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', 'ERR_WS_INVALID_RESPONSE', 0],
  ['a line that is not a header', head({}, 'no colon'), 'ERR_WS_INVALID_RESPONSE', 0],
  ['a head of 20 KiB', head({}, ...Array(20).fill(HUGE)), 'ERR_WS_INVALID_RESPONSE', 0],
  [
    'an error status with 120 header lines',
    notFound(...Array(118).fill('a: b')),
    'ERR_WS_UNEXPECTED_STATUS',
    404,
  ],
  ['two empty lines', `\r\n\r\n${head()}`, 'ERR_WS_INVALID_RESPONSE', 0],
  ['the status 200', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 'ERR_WS_UNEXPECTED_STATUS', 200],
]

describe.each(apis)('$name rejects', ({ connect }) => {
  test.each(REJECTED)('%s, and sends no further data', async (_, response, code, status) => {
    const script = peer.script([{ text: response }, { readToEnd: true }])
    const error = await connect(script.url).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(HandshakeError)
    expect(error).toMatchObject({ name: 'HandshakeError', code, status, phase: 'upgrade' })
    const { bytes, ended } = await script.transcript()
    expect(bytes).toBeUndefined()
    expect(['eof', 'reset']).toContain(ended)
  })

  test('a head that never ends', async () => {
    const script = peer.script([
      { text: 'HTTP/1.1 101 Switching Protocols\r\n' },
      { repeat: 100_000, hex: hex('X-Filler: 0123456789\r\n') },
      { readToEnd: true },
    ])
    await expect(connect(script.url)).rejects.toMatchObject({ code: 'ERR_WS_INVALID_RESPONSE' })
    expect(['eof', 'reset']).toContain((await script.transcript()).ended)
  })

  test('a subprotocol that was not offered, or none if some were offered', async () => {
    const protocols = ['a', 'b']
    for (const line of ['Sec-WebSocket-Protocol: c', 'Sec-WebSocket-Protocol: a, b', 'X-None: 0']) {
      const script = peer.script([{ text: head({}, line) }, { readToEnd: true }])
      await expect(connect(script.url, { protocols })).rejects.toMatchObject({
        code: 'ERR_WS_INVALID_SUBPROTOCOL',
      })
    }
  })

  test('an error status, with its status, headers and body in the error', async () => {
    const response = 'HTTP/1.1 403 No\r\nX-Why: a\r\nx-why: b\r\nContent-Length: 6\r\n\r\ngo off'
    const script = peer.script([{ dripText: response }, { readToEnd: true }])
    await expect(connect(script.url)).rejects.toMatchObject({
      status: 403,
      headers: { 'x-why': 'a, b', 'content-length': '6' },
      body: Buffer.from('go off'),
    })
  })
})

/** Invalid responses, and the text that the error message contains. */
const MESSAGES: [name: string, lines: string, code: string, message: string][] = [
  ['no Upgrade header', head({ 1: '' }), 'INVALID_RESPONSE', 'has no Upgrade header'],
  ['two Upgrade headers', head({}, 'Upgrade: websocket'), 'INVALID_RESPONSE', 'has 2 Upgrade headers'],
  [
    'an Upgrade header with another protocol',
    head({ 1: 'Upgrade: h2c' }),
    'INVALID_RESPONSE',
    'is "h2c", not "websocket"',
  ],
  ['no Connection header', head({ 2: '' }), 'INVALID_RESPONSE', 'has no Connection header'],
  [
    'a Connection header without Upgrade',
    head({ 2: 'Connection: close' }),
    'INVALID_RESPONSE',
    'is "close", without "Upgrade"',
  ],
  ['no accept', head({ 3: '' }), 'INVALID_ACCEPT', 'has no Sec-WebSocket-Accept header'],
  ['two accepts', head({}, HEAD[3] as string), 'INVALID_ACCEPT', 'has 2 Sec-WebSocket-Accept headers'],
  [
    'a wrong accept',
    head({ 3: 'Sec-WebSocket-Accept: x' }),
    'INVALID_ACCEPT',
    'is "x", which does not match',
  ],
  [
    'two subprotocols in one line',
    head({}, 'Sec-WebSocket-Protocol: a, b'),
    'INVALID_SUBPROTOCOL',
    'more than one subprotocol: "a, b"',
  ],
  [
    'two subprotocols in two lines',
    head({}, 'Sec-WebSocket-Protocol: a', 'Sec-WebSocket-Protocol: b'),
    'INVALID_SUBPROTOCOL',
    'more than one subprotocol: "a, b"',
  ],
  [
    'a subprotocol that was not offered',
    head({}, 'Sec-WebSocket-Protocol: c'),
    'INVALID_SUBPROTOCOL',
    'chose the subprotocol "c", which was not offered',
  ],
  [
    'endless interim responses',
    'HTTP/1.1 102 Processing\r\n\r\n'.repeat(700),
    'INVALID_RESPONSE',
    'interim responses',
  ],
]

describe.each(apis)('$name explains in the error message', ({ connect }) => {
  test.each(MESSAGES)('%s', async (_, response, code, message) => {
    const script = peer.script([{ text: response }, { readToEnd: true }])
    const failing = connect(script.url, { protocols: ['a', 'b'] })
    await expect(failing).rejects.toMatchObject({
      code: `ERR_WS_${code}`,
      message: expect.stringContaining(message),
    })
  })
})

/** Steps of a peer that ends TCP before the connection is open. */
const LOST: [name: string, steps: object[]][] = [
  ['EOF instead of a response', [{ close: true }]],
  ['EOF in the middle of the head', [{ text: head().slice(0, 40) }, { close: true }]],
  ['EOF before the last byte of the head', [{ text: head().slice(0, -1) }, { close: true }]],
  ['RST instead of a response', [{ reset: true }]],
]

describe.each(apis)('$name reports a lost handshake', ({ connect }) => {
  test.each(LOST)('on %s', async (_, steps) => {
    await expect(connect(peer.script(steps).url)).rejects.toMatchObject({
      name: 'ConnectError',
      code: 'ERR_WS_HANDSHAKE_LOST',
      phase: 'upgrade',
      cause: { code: 'ECONNRESET' },
    })
  })
})
