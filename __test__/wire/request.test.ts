// The bytes of our opening handshake (RFC 6455 section 4.1).

import { describe, expect, test } from 'vitest'
import { faces } from '../support/faces.js'
import { peer } from '../support/peer.js'

const HANDSHAKE = [{ accept: true }, { readUntilClose: true }]

/** The request line by line, the key replaced: it is random. */
function linesOf(request: string): string[] {
  return request.replace(/(Sec-WebSocket-Key: )\S{24}\r/, '$1KEY\r').split('\r\n')
}

function keyOf(request: string): string {
  return /^Sec-WebSocket-Key: (\S+)\r$/m.exec(request)?.[1] ?? ''
}

describe.each(faces)('$name', ({ connect }) => {
  test('asks for the upgrade with exactly the headers of the RFC', async () => {
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

  test('sends subprotocols, origin and headers as they were given', async () => {
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

  test('sends credentials of the URL as basic authentication and never in the request line', async () => {
    const script = peer.script(HANDSHAKE)
    const ws = await connect(script.url.replace('ws://', 'ws://user:p%40ss@'))
    await ws.close()
    const { request } = await script.transcript()
    expect(linesOf(request)).toContain(`Authorization: Basic ${Buffer.from('user:p@ss').toString('base64')}`)
    expect(request).not.toContain('user')
  })

  test('takes a new key of sixteen bytes for each connection', async () => {
    const keys = new Set<string>()
    for (let count = 0; count < 4; count += 1) {
      const script = peer.script(HANDSHAKE)
      await (await connect(script.url)).close()
      const key = keyOf((await script.transcript()).request)
      expect(Buffer.from(key, 'base64')).toHaveLength(16)
      keys.add(key)
    }
    expect(keys.size).toBe(4)
  })
})
