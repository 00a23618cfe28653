// What a server may answer to the opening handshake, and what it may not (RFC 6455 section 4.1).

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

/** A 101 with lines exchanged, left out (`''`) or added. */
function head(changes: Record<number, string> = {}, ...more: string[]): string {
  const lines = HEAD.map((line, at) => changes[at] ?? line).filter((line) => line !== '')
  return [...lines, ...more, '', ''].join('\r\n')
}

describe.each(apis)('$name opens', ({ connect }) => {
  test.each([
    ['header names and values in another case', head({ 1: 'UPGRADE: WebSocket', 2: 'connection: upgrade' })],
    ['several connection tokens', head({ 2: 'Connection: keep-alive, Upgrade' })],
    ['another reason phrase', head({ 0: 'HTTP/1.1 101 Sure' })],
    ['no reason phrase', head({ 0: 'HTTP/1.1 101 ' })],
    ['space around values', head({ 1: 'Upgrade:   websocket  ' })],
    ['120 header lines', head({}, ...Array(116).fill('a: b'))],
    ['an empty line before it', `\r\n${head()}`],
    ['two Connection headers', head({ 2: 'Connection: keep-alive' }, 'Connection: upgrade')],
    ['headers it does not know', head({}, 'Server: x', 'Set-Cookie: a=b', 'Set-Cookie: c=d')],
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

  test('on a 101 that comes byte by byte, with frames right behind it', async () => {
    const script = peer.script([
      { dripText: head({}, 'X-Filler: 0123456789') },
      { drip: frame(Opcode.Text, hex('a')) + frame(Opcode.Text, hex('b')) },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    expect([await ws.recv(), await ws.recv()]).toEqual(['a', 'b'])
    ws.terminate()
  })

  test('and loses nothing that came in the packet of the 101', async () => {
    // A template is text, so the frames in it are the ones whose bytes are ASCII: not final.
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

  test('and delivers a thousand messages sent right behind the 101, and the close', async () => {
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

/** A 404 of so many more lines. */
function refusal(...lines: string[]): string {
  return ['HTTP/1.1 404 Not Found', 'Content-Length: 0', ...lines, '', ''].join('\r\n')
}

describe.each(apis)('$name keeps the response', ({ connect }) => {
  test('with its status, and its headers as those of a refusal', async () => {
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
      // The script is sent as UTF-8, of which each byte is a character here, as it is in Node.
      ['x-latin', '\u00c3\u00a9'],
    ])
    expect(response.headers['sec-websocket-accept']).toMatch(/^\S{27}=$/)
    expect(ws.response).toBe(response)
    ws.terminate()
    expect(ws.response).toBe(response)
    const refused = peer.script([{ text: refusal(...lines) }, { readToEnd: true }])
    const error = (await connect(refused.url).catch((reason: unknown) => reason)) as HandshakeError
    for (const name of ['x-one', 'set-cookie', 'x-empty', 'x-latin'])
      expect(error.headers[name]).toEqual(response.headers[name])
  })

  test('that came last, if it followed redirects', async () => {
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

/** What a server may not answer, the code it earns, and the status the error carries. */
const REFUSED: [name: string, response: string, code: string, status: number][] = [
  ['a wrong accept', head({ 3: `Sec-WebSocket-Accept: ${'A'.repeat(27)}=` }), 'ERR_WS_INVALID_ACCEPT', 101],
  ['no accept', head({ 3: '' }), 'ERR_WS_INVALID_ACCEPT', 101],
  ['two accepts', head({}, HEAD[3] as string), 'ERR_WS_INVALID_ACCEPT', 101],
  ['no Upgrade header', head({ 1: '' }), 'ERR_WS_INVALID_RESPONSE', 101],
  ['another Upgrade header', head({ 1: 'Upgrade: h2c' }), 'ERR_WS_INVALID_RESPONSE', 101],
  ['no Connection header', head({ 2: '' }), 'ERR_WS_INVALID_RESPONSE', 101],
  ['a subprotocol', head({}, 'Sec-WebSocket-Protocol: chat'), 'ERR_WS_INVALID_SUBPROTOCOL', 101],
  ['an extension', head({}, 'Sec-WebSocket-Extensions: permessage-deflate'), 'ERR_WS_INVALID_EXTENSION', 101],
  ['HTTP/1.0', head({ 0: 'HTTP/1.0 101 Switching Protocols' }), 'ERR_WS_INVALID_RESPONSE', 101],
  ['a status of HTTP/1.0', 'HTTP/1.0 404 Not Found\r\n\r\nno', 'ERR_WS_UNEXPECTED_STATUS', 404],
  ['the greeting of another service', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', 'ERR_WS_INVALID_RESPONSE', 0],
  ['a line that is no header', head({}, 'no colon'), 'ERR_WS_INVALID_RESPONSE', 0],
  ['a head of 20 KiB', head({}, ...Array(20).fill(HUGE)), 'ERR_WS_INVALID_RESPONSE', 0],
  ['120 header lines', refusal(...Array(118).fill('a: b')), 'ERR_WS_UNEXPECTED_STATUS', 404],
  ['two empty lines', `\r\n\r\n${head()}`, 'ERR_WS_INVALID_RESPONSE', 0],
  ['a status of its own', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 'ERR_WS_UNEXPECTED_STATUS', 200],
]

describe.each(apis)('$name refuses', ({ connect }) => {
  test.each(REFUSED)('%s, and sends nothing more', async (_, response, code, status) => {
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

  test('a subprotocol that was not among those offered, or none at all', async () => {
    const protocols = ['a', 'b']
    for (const line of ['Sec-WebSocket-Protocol: c', 'Sec-WebSocket-Protocol: a, b', 'X-None: 0']) {
      const script = peer.script([{ text: head({}, line) }, { readToEnd: true }])
      await expect(connect(script.url, { protocols })).rejects.toMatchObject({
        code: 'ERR_WS_INVALID_SUBPROTOCOL',
      })
    }
  })

  test('with the status, headers and body of the refusal in the error', async () => {
    const response = 'HTTP/1.1 403 No\r\nX-Why: a\r\nx-why: b\r\nContent-Length: 6\r\n\r\ngo off'
    const script = peer.script([{ dripText: response }, { readToEnd: true }])
    await expect(connect(script.url)).rejects.toMatchObject({
      status: 403,
      headers: { 'x-why': 'a, b', 'content-length': '6' },
      body: Buffer.from('go off'),
    })
  })
})

/** What is wrong with an answer, and what the message says of it. */
const MESSAGES: [name: string, lines: string, code: string, message: string][] = [
  ['no Upgrade header', head({ 1: '' }), 'INVALID_RESPONSE', 'has no Upgrade header'],
  ['two Upgrade headers', head({}, 'Upgrade: websocket'), 'INVALID_RESPONSE', 'has 2 Upgrade headers'],
  ['another upgrade', head({ 1: 'Upgrade: h2c' }), 'INVALID_RESPONSE', 'is "h2c", not "websocket"'],
  ['no Connection header', head({ 2: '' }), 'INVALID_RESPONSE', 'has no Connection header'],
  [
    'another connection',
    head({ 2: 'Connection: close' }),
    'INVALID_RESPONSE',
    'is "close", without "Upgrade"',
  ],
  ['no accept', head({ 3: '' }), 'INVALID_ACCEPT', 'has no Sec-WebSocket-Accept header'],
  ['two accepts', head({}, HEAD[3] as string), 'INVALID_ACCEPT', 'has 2 Sec-WebSocket-Accept headers'],
  [
    'another accept',
    head({ 3: 'Sec-WebSocket-Accept: x' }),
    'INVALID_ACCEPT',
    'is "x", which does not match',
  ],
  [
    'two subprotocols in a list',
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
    'another subprotocol',
    head({}, 'Sec-WebSocket-Protocol: c'),
    'INVALID_SUBPROTOCOL',
    'chose the subprotocol "c", which was not offered',
  ],
  [
    'interim responses without end',
    'HTTP/1.1 102 Processing\r\n\r\n'.repeat(700),
    'INVALID_RESPONSE',
    'interim responses',
  ],
]

describe.each(apis)('$name says what is so', ({ connect }) => {
  test.each(MESSAGES)('about %s', async (_, response, code, message) => {
    const script = peer.script([{ text: response }, { readToEnd: true }])
    const failing = connect(script.url, { protocols: ['a', 'b'] })
    await expect(failing).rejects.toMatchObject({
      code: `ERR_WS_${code}`,
      message: expect.stringContaining(message),
    })
  })
})

/** Ways to lose the connection before it is open. */
const LOST: [name: string, steps: object[]][] = [
  ['EOF instead of an answer', [{ close: true }]],
  ['EOF in the middle of the head', [{ text: head().slice(0, 40) }, { close: true }]],
  ['EOF before the last byte of the head', [{ text: head().slice(0, -1) }, { close: true }]],
  ['RST instead of an answer', [{ reset: true }]],
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
