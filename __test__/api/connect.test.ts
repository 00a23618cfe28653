// connect(): the request that the server receives, how the server is reached, and that options take effect.

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { peer, startPeer } from '../support/peer.js'

/** Returns the headers of the request, as `/headers` of the peer reports them. */
async function receivedHeaders(ws: { recv(): unknown }): Promise<Record<string, string[]>> {
  return JSON.parse((await ws.recv()) as string) as Record<string, string[]>
}

const port = new URL(peer.ws).port

describe.each(apis)('$name connect', ({ connect }) => {
  test('returns an open connection with its properties', async () => {
    const ws = await connect(`${peer.ws}/echo?a=b`)
    expect(ws).toMatchObject({
      url: `${peer.ws}/echo?a=b`,
      protocol: '',
      extensions: '',
      readyState: 1,
      bufferedAmount: 0,
      remoteAddress: { address: '127.0.0.1', family: 'IPv4', port: Number(port) },
      localAddress: { address: '127.0.0.1', family: 'IPv4', port: expect.any(Number) },
      closeCode: undefined,
      closeReason: '',
      wasClean: false,
      latency: undefined,
    })
  })

  test('accepts a URL object, and http: in place of ws:', async () => {
    for (const url of [new URL(`${peer.ws}/echo`), `${peer.ws.replace('ws:', 'http:')}/echo`]) {
      const ws = await connect(url)
      expect([ws.url, ws.readyState]).toEqual([String(url), 1])
    }
  })

  test('sends path, query and the headers of the upgrade request', async () => {
    const headers = await receivedHeaders(await connect(`${peer.ws}/headers?q=a%20b&q=2`))
    expect(headers).toMatchObject({
      ':path': '/headers?q=a%20b&q=2',
      host: [`127.0.0.1:${port}`],
      upgrade: ['websocket'],
      connection: ['Upgrade'],
      'sec-websocket-version': ['13'],
      'sec-websocket-key': [expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/)],
    })
    for (const absent of ['origin', 'authorization', 'sec-websocket-protocol', 'sec-websocket-extensions']) {
      expect(headers).not.toHaveProperty(absent)
    }
  })

  test.each([
    ['an object', { 'X-One': 'a', 'X-Many': ['b', 'c'], 'X-Number': 5 }],
    ['a Map', new Map(Object.entries({ 'X-One': 'a', 'X-Many': 'b, c', 'X-Number': '5' }))],
    [
      'pairs',
      [
        ['x-one', 'a'],
        ['x-many', 'b'],
        ['x-many', 'c'],
        ['x-number', '5'],
      ] as [string, string][],
    ],
    ['Headers', new Headers({ 'X-One': 'a', 'X-Many': 'b, c', 'X-Number': '5' })],
  ])('sends headers given as %s', async (_, headers) => {
    const {
      'x-one': one,
      'x-many': many,
      'x-number': number,
    } = await receivedHeaders(await connect(`${peer.ws}/headers`, { headers }))
    expect([one, many?.join(', '), number]).toEqual([['a'], 'b, c', ['5']])
  })

  test('rejects a duplicate Host, Authorization or Origin header from any source', async () => {
    for (const options of [
      { headers: { Host: ['a.example', 'b.example'] } },
      {
        headers: [
          ['authorization', 'a'],
          ['Authorization', 'b'],
        ] as [string, string][],
      },
      { headers: { Origin: 'https://a.example' }, origin: 'https://b.example' },
    ])
      await expect(connect(peer.ws, options)).rejects.toMatchObject({
        name: 'TypeError',
        code: 'ERR_WS_INVALID_HEADER',
        message: /twice/,
      })
  })

  test('sends the option origin, and the Host header of the caller instead of its own', async () => {
    const options = { origin: 'https://app.example', headers: { Host: 'other.example' } }
    const headers = await receivedHeaders(await connect(`${peer.ws}/headers`, options))
    expect(headers).toMatchObject({ origin: ['https://app.example'], host: ['other.example'] })
  })

  test.each(['Connection', 'upgrade', 'Sec-WebSocket-Key', 'sec-websocket-version'])(
    'rejects the header %s, which belongs to the handshake',
    async (name) => {
      await expect(connect(peer.ws, { headers: { [name]: 'x' } })).rejects.toMatchObject({
        name: 'TypeError',
        code: 'ERR_WS_INVALID_HEADER',
        message: expect.stringContaining(name),
      })
    },
  )

  test.each([
    ['a line break', { 'X-A': 'a\r\nX-B: b' }],
    ['a null byte', { 'X-A': '\0' }],
    ['a space in the name', { 'X A': 'a' }],
    ['an empty name', { '': 'a' }],
  ])('rejects a header with %s', async (_, headers) => {
    const rejection = { name: 'TypeError', code: 'ERR_WS_INVALID_HEADER' }
    await expect(connect(peer.ws, { headers })).rejects.toMatchObject(rejection)
  })

  test.each([[['a b']], [['']], [['a', 'a']], [['a\r\n']]])(
    'rejects the subprotocols %j',
    async (protocols) => {
      const rejection = { name: 'TypeError', code: 'ERR_WS_INVALID_HEADER' }
      await expect(connect(peer.ws, { protocols })).rejects.toMatchObject(rejection)
    },
  )

  test('reports the offered subprotocol that the server selected', async () => {
    expect((await connect(peer.ws, { protocols: ['mqtt', 'superchat', 'chat'] })).protocol).toBe('superchat')
    const ws = await connect(`${peer.ws}/headers`, { protocols: 'chat' })
    expect([ws.protocol, (await receivedHeaders(ws))['sec-websocket-protocol']]).toEqual(['chat', ['chat']])
  })

  test('sends the decoded user name and password of the URL as basic authentication', async () => {
    const url = `${peer.ws.replace('ws://', 'ws://us%40er:p%3Aw%C3%A4@')}/headers`
    const headers = await receivedHeaders(await connect(url))
    expect(headers.authorization).toEqual([`Basic ${Buffer.from('us@er:p:wä').toString('base64')}`])
    expect(headers.host).toEqual([`127.0.0.1:${port}`])
  })

  test('prefers an Authorization header to the credentials of the URL', async () => {
    const url = `${peer.ws.replace('ws://', 'ws://user:pw@')}/headers`
    const headers = await receivedHeaders(await connect(url, { headers: { authorization: 'Bearer t' } }))
    expect(headers.authorization).toEqual(['Bearer t'])
  })

  test('resolves a name and reaches a server that listens on one of its addresses', async () => {
    const ws = await connect(`ws://localhost:${port}/headers`)
    expect((await receivedHeaders(ws)).host).toEqual([`localhost:${port}`])
    expect(ws.remoteAddress).toMatchObject({ address: '127.0.0.1', port: Number(port) })
  })

  test('binds to localAddress and uses family', async () => {
    const ws = await connect(`ws://localhost:${port}/echo`, { localAddress: '127.0.0.2', family: 4 })
    expect(ws.localAddress).toMatchObject({ address: '127.0.0.2', family: 'IPv4' })
  })

  test('works with all limits disabled', async () => {
    const off = { connectTimeout: 0, receiveTimeout: 0, sendTimeout: 0, closeTimeout: 0, pingInterval: 0 }
    const sizes = { pingTimeout: 0, maxMessageSize: 0, highWaterMark: 0, receiveQueue: { bytes: 0 } }
    const ws = await connect(peer.ws, { ...off, ...sizes })
    await ws.send('x')
    expect(await ws.recv()).toBe('x')
    await ws.close()
    expect(ws.closeCode).toBe(1000)
  })

  test('ignores a signal that fires after the connection is open', async () => {
    const controller = new AbortController()
    const ws = await connect(peer.ws, { signal: controller.signal })
    controller.abort()
    await ws.send('x')
    expect(await ws.recv()).toBe('x')
  })

  test('connects to an IPv6 literal', async () => {
    const six = await startPeer(['--host', '::1'])
    try {
      const ws = await connect(`${six.ws}/headers`)
      expect((await receivedHeaders(ws)).host).toEqual([`[::1]:${new URL(six.ws).port}`])
      expect(ws.remoteAddress).toMatchObject({ address: '::1', family: 'IPv6' })
    } finally {
      six.stop()
    }
  })
})
