// The bytes of the upgrade request (RFC 6455 section 4.1).

import { once } from 'node:events'
import { request as requestHttp } from 'node:http'
import { describe, expect, test } from 'vitest'
import type { HeaderList } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { expectRandom } from '../support/random.js'

const HANDSHAKE = [{ accept: true }, { readUntilClose: true }]

/** Returns the lines of a request, with the random key replaced. */
function linesOf(request: string): string[] {
  return request.replace(/(Sec-WebSocket-Key: )\S{24}\r/, '$1KEY\r').split('\r\n')
}

/** Returns the header lines with these names. */
function linesNamed(request: string, names: string[]): string[] {
  const isNamed = (line: string) => names.includes(line.split(':')[0]?.toLowerCase() ?? '')
  return linesOf(request).filter(isNamed)
}

/** Returns the request that `node:http` sends with these headers. */
async function nodeRequest(headers: Record<string, string | string[]>): Promise<string> {
  const script = peer.script([{ text: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' }, { close: true }])
  const sent = requestHttp(script.url.replace('ws:', 'http:'), { headers, agent: false }).end()
  const [response] = await once(sent, 'response')
  response.resume()
  return (await script.transcript()).request
}

function keyOf(request: string): string {
  return /^Sec-WebSocket-Key: (\S+)\r$/m.exec(request)?.[1] ?? ''
}

describe.each(apis)('$name', ({ connect }) => {
  test('sends exactly the headers that the RFC requires', async () => {
    const script = peer.script(HANDSHAKE)
    const ws = await connect(script.url)
    await ws.close()
    const { host, pathname, search } = new URL(script.url)
    expect(linesOf((await script.transcript()).request)).toEqual([
      `GET ${pathname}${search} HTTP/1.1`,
      `Host: ${host}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: KEY',
      'Sec-WebSocket-Version: 13',
      '',
      '',
    ])
  })

  test('sends subprotocols, origin and headers unchanged', async () => {
    const script = peer.script([
      { accept: true, headers: { 'Sec-WebSocket-Protocol': 'b' } },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url, {
      protocols: ['a', 'b'],
      origin: 'https://example.com',
      headers: { 'X-One': '1', 'x-MANY': ['a', 'b'], Host: 'elsewhere:1' },
    })
    expect(ws.protocol).toBe('b')
    await ws.close()
    expect(linesOf((await script.transcript()).request).slice(1)).toEqual([
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: KEY',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: a, b',
      'Origin: https://example.com',
      'X-One: 1',
      'x-MANY: a',
      'x-MANY: b',
      'Host: elsewhere:1',
      '',
      '',
    ])
  })

  test('sends credentials of the URL as basic authentication, never in the request line', async () => {
    const script = peer.script(HANDSHAKE)
    const ws = await connect(script.url.replace('ws://', 'ws://user:p%40ss@'))
    await ws.close()
    const { request } = await script.transcript()
    expect(linesOf(request)).toContain(`Authorization: Basic ${Buffer.from('user:p@ss').toString('base64')}`)
    expect(request).not.toContain('user')
  })

  test('sends a random key of 16 bytes for each connection', async () => {
    const keys: Buffer[] = []
    for (let count = 0; count < 100; count += 1) {
      const script = peer.script(HANDSHAKE)
      const ws = await connect(script.url)
      ws.terminate()
      keys.push(Buffer.from(keyOf((await script.transcript()).request), 'base64'))
    }
    expect(new Set(keys.map((key) => key.length))).toEqual(new Set([16]))
    expectRandom(keys)
  })

  const requestOf = async (headers: HeaderList, options = {}) => {
    const script = peer.script(HANDSHAKE)
    await (await connect(script.url, { headers, ...options })).close()
    return (await script.transcript()).request
  }

  test.each([
    ['an array', { Cookie: ['a=1', 'b=2'] }, 'Cookie: a=1; b=2'],
    ['an array of one', { cookie: ['a=1'] }, 'cookie: a=1'],
    [
      'pairs',
      [['Cookie', 'a=1'] as const, ['X', 'x'] as const, ['cookie', 'b=2'] as const],
      'Cookie: a=1; b=2',
    ],
    ['names that differ in case', { Cookie: 'a=1', cookie: ['b=2', 'c=3'] }, 'Cookie: a=1; b=2; c=3'],
    [
      'Headers',
      new Headers([
        ['Cookie', 'a=1'],
        ['Cookie', 'b=2'],
      ]),
      'cookie: a=1; b=2',
    ],
  ] as [string, HeaderList, string][])(
    'joins cookies given as %s into one line (RFC 6265)',
    async (_, headers, line) => {
      expect(linesNamed(await requestOf(headers), ['cookie'])).toEqual([line])
    },
  )

  test('sends the same header bytes as Node', async () => {
    const headers = {
      'X-List': ['a', 'b'],
      Cookie: ['a=1', 'b=2'],
      'X-Latin': 'caf\u00e9 \u0080\u00ff',
      'X-Text': 'a, b',
    }
    const names = Object.keys(headers).map((name) => name.toLowerCase())
    const ours = linesNamed(await requestOf(headers), names)
    expect(ours).toEqual(linesNamed(await nodeRequest(headers), names))
    expect(ours).toContain('X-Latin: caf\u00e9 \u0080\u00ff')
    expect(ours).toContain('X-List: b')
    expect(linesOf(await requestOf({}, { origin: 'http://\u00e9' }))).toContain('Origin: http://\u00e9')
  })

  test.each(['\u0100', '€', '😀', '\ud800'])('rejects the header value %j, as Node does', async (value) => {
    const rejection = { name: 'TypeError', code: 'ERR_WS_INVALID_HEADER', message: /beyond U\+00FF/ }
    await expect(connect(peer.ws, { headers: { 'X-A': value } })).rejects.toMatchObject(rejection)
    await expect(connect(peer.ws, { origin: `http://${value}` })).rejects.toMatchObject(rejection)
    await expect(nodeRequest({ 'X-A': value })).rejects.toMatchObject({ code: 'ERR_INVALID_CHAR' })
  })

  test.each([
    { Upgrade: 'WebSocket', Connection: 'keep-alive, upgrade', 'sec-websocket-version': '13' },
    { upgrade: 'websocket', connection: ['keep-alive', 'Upgrade'] },
    { Connection: 'Upgrade' },
  ] as HeaderList[])(
    'does not duplicate headers of the handshake that the caller gives: %j',
    async (headers) => {
      expect(linesOf(await requestOf(headers)).slice(2)).toEqual([
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Key: KEY',
        'Sec-WebSocket-Version: 13',
        '',
        '',
      ])
    },
  )

  test.each([
    ['Sec-WebSocket-Protocol', 'chat', /use the option protocols/],
    ['sec-websocket-extensions', 'permessage-deflate', /see the option compression/],
    ['Sec-WebSocket-Key', 'x', /random for each connection/],
    ['Sec-WebSocket-Version', '8', /always 13/],
    ['Upgrade', 'h2c', /always websocket/],
    ['Connection', 'close', /always Upgrade/],
    ['Content-Length', '0', /no body/],
  ])('rejects "%s: %s" and explains the alternative', async (name, value, message) => {
    const rejection = { name: 'TypeError', code: 'ERR_WS_INVALID_HEADER', message }
    await expect(connect(peer.ws, { headers: { [name]: value } })).rejects.toMatchObject(rejection)
  })
})
