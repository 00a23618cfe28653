// Connecting: what the server sees, by which ways it is reached, and that options arrive.

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { peer, startPeer } from '../support/peer.js'

/** What `/headers` says the request was. */
async function seen(ws: { recv(): unknown }): Promise<Record<string, string[]>> {
  return JSON.parse((await ws.recv()) as string) as Record<string, string[]>
}

const port = new URL(peer.ws).port

describe.each(apis)('$name connect', ({ connect }) => {
  test('gives an open connection that says what it is', async () => {
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

  test('takes a URL object, and http: for ws:', async () => {
    for (const url of [new URL(`${peer.ws}/echo`), `${peer.ws.replace('ws:', 'http:')}/echo`]) {
      const ws = await connect(url)
      expect([ws.url, ws.readyState]).toEqual([String(url), 1])
    }
  })

  test('sends path, query and the headers of the handshake', async () => {
    const headers = await seen(await connect(`${peer.ws}/headers?q=a%20b&q=2`))
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
    } = await seen(await connect(`${peer.ws}/headers`, { headers }))
    expect([one, many?.join(', '), number]).toEqual([['a'], 'b, c', ['5']])
  })

  test('refuses a second Host, Authorization or Origin, whichever way it comes', async () => {
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

  test('sends origin, and a Host of the caller in place of its own', async () => {
    const options = { origin: 'https://app.example', headers: { Host: 'other.example' } }
    const headers = await seen(await connect(`${peer.ws}/headers`, options))
    expect(headers).toMatchObject({ origin: ['https://app.example'], host: ['other.example'] })
  })

  test.each(['Connection', 'upgrade', 'Sec-WebSocket-Key', 'sec-websocket-version'])(
    'refuses the header %s, which is the handshake’s own',
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
    ['a space in its name', { 'X A': 'a' }],
    ['no name', { '': 'a' }],
  ])('refuses a header with %s', async (_, headers) => {
    const refusal = { name: 'TypeError', code: 'ERR_WS_INVALID_HEADER' }
    await expect(connect(peer.ws, { headers })).rejects.toMatchObject(refusal)
  })

  test.each([[['a b']], [['']], [['a', 'a']], [['a\r\n']]])(
    'refuses the subprotocols %j',
    async (protocols) => {
      const refusal = { name: 'TypeError', code: 'ERR_WS_INVALID_HEADER' }
      await expect(connect(peer.ws, { protocols })).rejects.toMatchObject(refusal)
    },
  )

  test('says which of the offered subprotocols the server chose', async () => {
    expect((await connect(peer.ws, { protocols: ['mqtt', 'superchat', 'chat'] })).protocol).toBe('superchat')
    const ws = await connect(`${peer.ws}/headers`, { protocols: 'chat' })
    expect([ws.protocol, (await seen(ws))['sec-websocket-protocol']]).toEqual(['chat', ['chat']])
  })

  test('makes basic authentication of user name and password in the URL, decoded', async () => {
    const url = `${peer.ws.replace('ws://', 'ws://us%40er:p%3Aw%C3%A4@')}/headers`
    const headers = await seen(await connect(url))
    expect(headers.authorization).toEqual([`Basic ${Buffer.from('us@er:p:wä').toString('base64')}`])
    expect(headers.host).toEqual([`127.0.0.1:${port}`])
  })

  test('prefers an Authorization header to the URL', async () => {
    const url = `${peer.ws.replace('ws://', 'ws://user:pw@')}/headers`
    const headers = await seen(await connect(url, { headers: { authorization: 'Bearer t' } }))
    expect(headers.authorization).toEqual(['Bearer t'])
  })

  test('resolves names, and finds a server that listens on one address of the name', async () => {
    const ws = await connect(`ws://localhost:${port}/headers`)
    expect((await seen(ws)).host).toEqual([`localhost:${port}`])
    expect(ws.remoteAddress).toMatchObject({ address: '127.0.0.1', port: Number(port) })
  })

  test('uses localAddress and family', async () => {
    const ws = await connect(`ws://localhost:${port}/echo`, { localAddress: '127.0.0.2', family: 4 })
    expect(ws.localAddress).toMatchObject({ address: '127.0.0.2', family: 'IPv4' })
  })

  test('works with all limits off', async () => {
    const off = { connectTimeout: 0, receiveTimeout: 0, sendTimeout: 0, closeTimeout: 0, pingInterval: 0 }
    const sizes = { pingTimeout: 0, maxMessageSize: 0, highWaterMark: 0, receiveQueue: { bytes: 0 } }
    const ws = await connect(peer.ws, { ...off, ...sizes })
    await ws.send('x')
    expect(await ws.recv()).toBe('x')
    await ws.close()
    expect(ws.closeCode).toBe(1000)
  })

  test('is not affected by a signal that fires once it is open', async () => {
    const controller = new AbortController()
    const ws = await connect(peer.ws, { signal: controller.signal })
    controller.abort()
    await ws.send('x')
    expect(await ws.recv()).toBe('x')
  })

  test('reaches IPv6 literals', async () => {
    const six = await startPeer(['--host', '::1'])
    try {
      const ws = await connect(`${six.ws}/headers`)
      expect((await seen(ws)).host).toEqual([`[::1]:${new URL(six.ws).port}`])
      expect(ws.remoteAddress).toMatchObject({ address: '::1', family: 'IPv6' })
    } finally {
      six.stop()
    }
  })
})
