// Tunnels through HTTP and SOCKS proxies. __test__/proxies tests third-party proxies.

import type { LookupFunction } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import {
  authority,
  echo,
  failure,
  http,
  peerPort,
  proxy,
  secureProxy,
  socks,
  targetsDuring,
} from '../support/proxy.js'

describe.each(apis)('proxy, $name', ({ connect }) => {
  const failing = (given: string | URL, url?: string) => failure(connect, given, url)

  test.each([
    ['http:', http()],
    ['http: that responds with HTTP/1.0 and a meaningless Content-Length', http('ten')],
    ['http: as a URL object', new URL(http())],
    ['socks5h:', socks()],
    ['socks5h: with credentials', socks('user')],
    ['socks:', socks('', 'socks')],
  ])('tunnels ws: and wss: through a proxy: %s', async (_name, given) => {
    const plain = await targetsDuring(async () => echo(await connect(`${peer.ws}/echo`, { proxy: given })))
    expect(plain).toEqual([`127.0.0.1:${peerPort}`])
    const tls = { ca: peer.ca }
    const secure = await targetsDuring(async () =>
      echo(await connect(`${peer.wss}/echo`, { proxy: given, tls })),
    )
    expect(secure).toEqual([`localhost:${new URL(peer.wss).port}`])
  })

  test('rejects hosts, credentials and families that SOCKS cannot carry, before it contacts the proxy', async () => {
    const invalid = { name: 'TypeError', code: 'ERR_WS_INVALID_OPTION', message: /^proxy socks.*carries/ }
    const longName = `a.example.${'b'.repeat(60)}.${'c'.repeat(183)}`
    const before = proxy.targets.length
    for (const scheme of ['socks4a', 'socks5h']) {
      expect(await failing(socks('', scheme), `ws://${longName}/`)).toMatchObject(invalid)
      const location = encodeURIComponent(`ws://${'a'.repeat(600)}/`)
      vi.stubEnv('all_proxy', socks('', scheme))
      const redirected = connect(`${peer.ws}/status/302?location=${location}`, { followRedirects: true })
      // For a redirect the fault is the server's.
      const rejection = { name: 'HandshakeError', code: 'ERR_WS_REDIRECT', status: 302, message: /carries/ }
      await expect(redirected).rejects.toMatchObject(rejection)
      vi.unstubAllEnvs()
    }
    for (const given of [
      `socks4a://u%00evil.example@127.0.0.1:${proxy.port}`,
      `socks4://${'u'.repeat(251)}@127.0.0.1:${proxy.port}`,
      `socks5://user@127.0.0.1:${proxy.port}`,
      `socks5://user:${'p'.repeat(256)}@127.0.0.1:${proxy.port}`,
    ])
      expect(await failing(given)).toMatchObject(invalid)
    const ipv6 = connect(peer.ws, { proxy: socks('', 'socks4'), family: 6 })
    await expect(ipv6).rejects.toMatchObject(invalid)
    expect(proxy.targets.length).toBe(before)
  })

  test('rejects an address with a zone for a proxy option, and connects to it directly by default', async () => {
    const invalid = { name: 'TypeError', code: 'ERR_WS_INVALID_OPTION', message: /^proxy .*the zone/ }
    for (const given of [`http://127.0.0.1:${proxy.port}`, socks('', 'socks5')])
      expect(await failing(given, 'ws://[fe80::1%25lo]:1/')).toMatchObject(invalid)
    vi.stubEnv('all_proxy', `http://127.0.0.1:${proxy.port}`)
    await expect(connect('ws://[fe80::1%25nosuchthing]:1/')).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE' })
    vi.unstubAllEnvs()
  })

  test('socks5: resolves names locally', async () => {
    const url = peer.ws.replace('127.0.0.1', 'localhost')
    const run = async () => echo(await connect(`${url}/echo`, { proxy: socks('', 'socks5'), family: 4 }))
    expect(await targetsDuring(run)).toEqual([`127.0.0.1:${peerPort}`])
    const unknown = await failing(socks('', 'socks5'), 'ws://nowhere.invalid/')
    expect(unknown).toMatchObject({ code: 'ERR_WS_RESOLVE', phase: 'resolve' })
  })

  test('https: connects to the proxy over TLS and tunnels ws: and wss:', async () => {
    const options = {
      proxy: `https://localhost:${secureProxy.port}`,
      proxyTls: { ca: authority },
      tls: { ca: peer.ca },
    }
    for (const url of [peer.ws, peer.wss]) {
      const ws = await connect(`${url}/echo`, options)
      const payload = Buffer.alloc(2_000_000, 'twice')
      for (let round = 0; round < 5; round += 1) await ws.send(payload)
      for (let round = 0; round < 5; round += 1)
        expect(payload.equals((await ws.recv()) as Buffer)).toBe(true)
      await echo(ws)
    }
    const untrusted = await connect(`${peer.ws}/echo`, { ...options, proxyTls: {} }).catch((error) => error)
    expect(untrusted).toMatchObject({
      name: 'ProxyError',
      code: 'ERR_WS_PROXY',
      cause: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
    })
  })

  test('remoteAddress is the address of the proxy', async () => {
    await targetsDuring(async () => {
      const ws = await connect(`${peer.ws}/echo`, { proxy: http() })
      expect(ws.remoteAddress).toMatchObject({ address: '127.0.0.1', port: proxy.port })
      ws.terminate()
    })
  })

  test('lookup resolves the proxy, and also the target with socks5:', async () => {
    const names: string[] = []
    const lookup: LookupFunction = (name, _options, found) => {
      names.push(name)
      found(null, '127.0.0.1', 4)
    }
    const through = (scheme: string) =>
      connect(`ws://target.invalid:${peerPort}/echo`, {
        lookup,
        proxy: `${scheme}://proxy.invalid:${proxy.port}`,
      })
    const local = await targetsDuring(async () => echo(await through('socks5')))
    expect([local, names.splice(0).sort()]).toEqual([
      [`127.0.0.1:${peerPort}`],
      ['proxy.invalid', 'target.invalid'],
    ])
    // The proxy resolves the target by the system, which does not know the name.
    const failed = { code: 'ERR_WS_PROXY' }
    const remote = await targetsDuring(async () => expect(through('http')).rejects.toMatchObject(failed))
    expect([remote, names]).toEqual([[`target.invalid:${peerPort}`], ['proxy.invalid']])
  })

  test('follows redirects through the proxy', async () => {
    const url = `${peer.ws}/status/302?location=/echo`
    const run = async () => echo(await connect(url, { proxy: http(), followRedirects: true }))
    expect(await targetsDuring(run, 2)).toEqual([`127.0.0.1:${peerPort}`, `127.0.0.1:${peerPort}`])
  })
  test('is rejected for a Unix socket', async () => {
    const invalid = { code: 'ERR_WS_INVALID_OPTION', message: /option proxy/ }
    expect(await failing(http(), 'ws+unix:/tmp/none:/')).toMatchObject(invalid)
  })
})
