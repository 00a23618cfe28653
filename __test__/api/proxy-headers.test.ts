// The option `proxyHeaders`: headers of the CONNECT request.

import { describe, expect, test, vi } from 'vitest'
import type { HeaderList, ProxyError } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { authority, http, secureProxy, socks } from '../support/proxy.js'

describe.each(apis)('proxyHeaders, $name', ({ connect }) => {
  /** Returns the lines of the CONNECT request that the proxy received. */
  const sentRequest = async (proxyHeaders: HeaderList, given: string | true = http('user')) => {
    const headers = { ...proxyHeaders, 'X-Show': 'yes' }
    const options = { proxy: given, proxyTls: { ca: authority }, proxyHeaders: headers }
    const error = await connect('ws://target.invalid:1/', {
      ...options,
      headers: { 'X-Server': 'only' },
    }).then(
      () => expect.unreachable(),
      (reason: unknown) => reason as ProxyError,
    )
    expect(error).toMatchObject({ name: 'ProxyError', status: 403 })
    return error.body.toString('latin1').split('\r\n')
  }

  test('are sent with CONNECT, encoded as the option headers is', async () => {
    const headers = { 'X-One': ['a', 'b'], Cookie: ['a=1', 'b=2'], 'X-Latin': '\u00e9' }
    const expected = [
      'CONNECT target.invalid:1 HTTP/1.1',
      'Host: target.invalid:1',
      `Proxy-Authorization: Basic ${Buffer.from('user:pass').toString('base64')}`,
      'X-One: a',
      'X-One: b',
      'Cookie: a=1; b=2',
      'X-Latin: \u00e9',
      'X-Show: yes',
      '',
      '',
    ]
    expect(await sentRequest(headers)).toEqual(expected)
    expect(await sentRequest(headers, `https://user:pass@localhost:${secureProxy.port}`)).toEqual(expected)
    vi.stubEnv('ALL_PROXY', http('user'))
    expect(await sentRequest(headers, true)).toEqual(expected)
    vi.unstubAllEnvs()
  })

  test('replace the credentials of the URL and Host', async () => {
    const request = await sentRequest({ 'proxy-authorization': 'Bearer t', host: 'elsewhere:1' })
    expect(request).toEqual([
      'CONNECT target.invalid:1 HTTP/1.1',
      'proxy-authorization: Bearer t',
      'host: elsewhere:1',
      'X-Show: yes',
      '',
      '',
    ])
  })

  test('are never sent to the server, with or without a proxy', async () => {
    const proxyHeaders = { 'X-Secret': 'proxy', 'Proxy-Authorization': 'Bearer t' }
    for (const given of [http(), socks(), false]) {
      const ws = await connect(`${peer.ws}/headers`, { proxy: given, proxyHeaders })
      const headers = JSON.parse(String(await ws.recv()))
      expect(headers).not.toHaveProperty('x-secret')
      expect(headers).not.toHaveProperty('proxy-authorization')
      ws.terminate()
    }
    const url = `${peer.ws}/status/302?location=/headers`
    const ws = await connect(url, { followRedirects: true, proxy: http(), proxyHeaders })
    expect(JSON.parse(String(await ws.recv()))).not.toHaveProperty('x-secret')
    ws.terminate()
  })

  test.each([
    [{ 'Content-Length': '1' }, /no body/],
    [{ 'transfer-encoding': 'chunked' }, /no body/],
    [{ Upgrade: 'websocket' }, /for the server/],
    [{ 'Sec-WebSocket-Protocol': 'chat' }, /for the server/],
    [{ 'Proxy-Authorization': ['a', 'b'] }, /twice/],
    [{ 'X-A': 'a\r\nb' }, /control character/],
    [{ 'X-A': '€' }, /beyond U\+00FF/],
    [{ 'X A': 'a' }, /not a token/],
  ] as [HeaderList, RegExp][])('rejects %j, with or without a proxy', async (proxyHeaders, message) => {
    for (const given of [http(), socks(), false]) {
      const error = await connect(`${peer.ws}/echo`, { proxy: given, proxyHeaders }).then(
        () => expect.unreachable(),
        (reason: unknown) => reason,
      )
      expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_WS_INVALID_HEADER', message })
      expect(error).toMatchObject({ message: /^option proxyHeaders: / })
    }
  })
})
