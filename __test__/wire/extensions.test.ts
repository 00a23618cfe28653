// The negotiation of permessage-deflate (RFC 7692 section 7.1): the offer, and the answers that are accepted and refused.

import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { CompressionOptions, ConnectOptions, HandshakeError } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer, type Script } from '../support/peer.js'
import { http, socks } from '../support/proxy.js'

type Given = ConnectOptions['compression']

/** Returns a script that accepts the upgrade with these lines of `Sec-WebSocket-Extensions`. */
function answering(...lines: string[]): Script {
  const head = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Accept: {accept}',
    ...lines.map((line) => `Sec-WebSocket-Extensions: ${line}`),
  ]
  return peer.script([{ text: `${head.join('\r\n')}\r\n\r\n` }, { readUntilClose: true }])
}

/** Returns the values of `Sec-WebSocket-Extensions` in the request that a script received. */
async function offersOf(script: Script): Promise<string[]> {
  const { request } = await script.transcript()
  return [...request.matchAll(/^sec-websocket-extensions: (.*)\r$/gim)].map(([, value = '']) => value)
}

const OFFERS: [given: Given, offers: string[]][] = [
  [undefined, []],
  [false, []],
  [true, ['permessage-deflate; client_max_window_bits']],
  [{}, ['permessage-deflate; client_max_window_bits']],
  [{ clientMaxWindowBits: false }, ['permessage-deflate']],
  [{ clientMaxWindowBits: 8 }, ['permessage-deflate; client_max_window_bits=8']],
  [{ clientMaxWindowBits: 15 }, ['permessage-deflate; client_max_window_bits=15']],
  [
    {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 9,
      clientMaxWindowBits: 10,
      level: 9,
      memLevel: 9,
      threshold: 0,
    },
    [
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=10',
    ],
  ],
]

/** Answers that are accepted: what the client offers, the lines of the response, and `ws.extensions`. */
const ACCEPTED: [given: CompressionOptions, lines: string[], extensions: string][] = [
  [{}, [], ''],
  [{}, [''], ''],
  [{}, ['permessage-deflate'], 'permessage-deflate'],
  [{}, ['', ' , permessage-deflate ,', ''], 'permessage-deflate'],
  [
    {},
    ['permessage-deflate;server_no_context_takeover ; client_no_context_takeover'],
    'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
  ],
  [
    {},
    ['permessage-deflate; client_max_window_bits="8"; server_max_window_bits="1\\5"'],
    'permessage-deflate; client_max_window_bits=8',
  ],
  [{ serverNoContextTakeover: true, serverMaxWindowBits: 10 }, [], ''],
  [
    { serverNoContextTakeover: true, serverMaxWindowBits: 10 },
    ['permessage-deflate; server_max_window_bits=9; server_no_context_takeover'],
    'permessage-deflate; server_no_context_takeover; server_max_window_bits=9',
  ],
  [
    { clientNoContextTakeover: true, clientMaxWindowBits: 11 },
    ['permessage-deflate'],
    'permessage-deflate; client_no_context_takeover; client_max_window_bits=11',
  ],
  [
    { clientMaxWindowBits: false },
    ['permessage-deflate; server_max_window_bits=8'],
    'permessage-deflate; server_max_window_bits=8',
  ],
]

/** Answers that are refused: what the client offers, the lines of the response, and a part of the message. */
const REFUSED: [given: Given, lines: string[], message: string][] = [
  [false, ['permessage-deflate'], 'the extension "permessage-deflate", which was not offered'],
  [false, ['x'], 'the extension "x", which was not offered'],
  [true, ['x'], 'the extension "x", which was not offered'],
  [true, ['permessage-deflate, x'], 'the extension "x", which was not offered'],
  [true, ['permessage-deflate', 'x'], 'the extension "x", which was not offered'],
  [true, ['permessage-deflate, permessage-deflate'], 'permessage-deflate more than once'],
  [true, ['permessage-deflate', 'permessage-deflate'], 'permessage-deflate more than once'],
  [true, ['permessage-deflate;'], 'malformed: "permessage-deflate;"'],
  [true, ['permessage-deflate; x=" "'], 'malformed: '],
  [true, ['permessage-deflate; x'], 'parameter x does not exist'],
  [
    true,
    ['permessage-deflate; client_no_context_takeover; client_no_context_takeover'],
    'parameter client_no_context_takeover occurs more than once',
  ],
  [
    true,
    ['permessage-deflate; server_no_context_takeover=true'],
    'parameter server_no_context_takeover has the value "true", and takes none',
  ],
  [true, ['permessage-deflate; client_max_window_bits'], 'parameter client_max_window_bits has no value'],
  [
    true,
    ['permessage-deflate; server_max_window_bits=7'],
    'parameter server_max_window_bits is "7", not a number from 8 to 15',
  ],
  [
    true,
    ['permessage-deflate; server_max_window_bits=16'],
    'parameter server_max_window_bits is "16", not a number from 8 to 15',
  ],
  [
    true,
    ['permessage-deflate; client_max_window_bits=08'],
    'parameter client_max_window_bits is "08", not a number from 8 to 15',
  ],
  [
    { clientMaxWindowBits: false },
    ['permessage-deflate; client_max_window_bits=15'],
    'parameter client_max_window_bits was not offered',
  ],
  [
    { clientMaxWindowBits: 9 },
    ['permessage-deflate; client_max_window_bits=10'],
    'parameter client_max_window_bits is 10, above the offered 9',
  ],
  [
    { serverMaxWindowBits: 9 },
    ['permessage-deflate; server_max_window_bits=10'],
    'parameter server_max_window_bits is 10, above the offered 9',
  ],
  [
    { serverMaxWindowBits: 15 },
    ['permessage-deflate'],
    'parameter server_max_window_bits was requested and is missing',
  ],
  [
    { serverNoContextTakeover: true },
    ['permessage-deflate'],
    'parameter server_no_context_takeover was requested and is missing',
  ],
]

describe.each(apis)('$name', ({ connect }) => {
  test.each(OFFERS)('offers with compression %j: %j', async (compression, offers) => {
    const script = answering()
    await (await connect(script.url, { compression })).close()
    expect(await offersOf(script)).toEqual(offers)
  })

  test('offers the same to the target of a redirect', async () => {
    const last = answering('permessage-deflate; server_max_window_bits=9')
    const text = `HTTP/1.1 302 Found\r\nLocation: ${last.url}\r\n\r\n`
    const first = peer.script([{ text }, { readToEnd: true }])
    const ws = await connect(first.url, { followRedirects: true, compression: { serverMaxWindowBits: 9 } })
    expect(ws.extensions).toBe('permessage-deflate; server_max_window_bits=9')
    await ws.close()
    const offers = ['permessage-deflate; server_max_window_bits=9; client_max_window_bits']
    expect([await offersOf(first), await offersOf(last)]).toEqual([offers, offers])
  })

  test.each([
    ['http', http()],
    ['socks5h', socks()],
  ])('offers the same through a proxy: %s', async (_, proxy) => {
    const script = answering('permessage-deflate')
    const ws = await connect(script.url, { proxy, compression: true })
    expect(ws.extensions).toBe('permessage-deflate')
    await ws.close()
    expect(await offersOf(script)).toEqual(['permessage-deflate; client_max_window_bits'])
  })

  test.each(ACCEPTED)('with %j accepts %j as %j', async (compression, lines, extensions) => {
    const ws = await connect(answering(...lines).url, { compression })
    expect(ws.extensions).toBe(extensions)
    ws.terminate()
    expect(ws.extensions).toBe(extensions)
  })

  test.each(REFUSED)('with %j refuses %j: %s', async (compression, lines, message) => {
    const script = answering(...lines)
    const error = await connect(script.url, { compression }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      name: 'HandshakeError',
      code: 'ERR_WS_INVALID_EXTENSION',
      message: expect.stringContaining(message),
      status: 101,
      phase: 'upgrade',
    })
    const { headers } = error as HandshakeError
    expect(headers['sec-websocket-extensions']).toBe(lines.join(', '))
    // The peer is sent nothing more: it meets the end of TCP where it waits for a close frame.
    expect((await script.transcript()).frames).toEqual([])
  })

  test('console.log shows the extensions in use', async () => {
    const ws = await connect(answering('permessage-deflate').url, { compression: true })
    expect(inspect(ws)).toContain("extensions: 'permessage-deflate'")
    ws.terminate()
    const plain = await connect(answering().url, { compression: true })
    expect(inspect(plain)).not.toContain('extensions')
    plain.terminate()
  })
})
