// Both APIs through third-party proxies: the same tunnels and errors for each.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refusingAddress } from '../support/addresses.js'
import { type AnyConnection, apis } from '../support/apis.js'
import { startPeer } from '../support/peer.js'
import { type Running, start } from '../support/service.js'
import { type ProxyServer, proxies, type Rejection } from './proxies.js'

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-proxies-'))
const peer = await startPeer(['--certificates', folder])
/** The authority of the certificate of a proxy. */
const authority = readFileSync(join(folder, 'authority.pem'))
afterAll(() => {
  peer.stop()
  rmSync(folder, { recursive: true })
})

const CREDENTIALS = 'user:secret@'
const SIZES = [0, 125, 65_536, 1024 * 1024]
const BURST = 200

/** Returns the expected error. SOCKS 4 has one error for all rejections. */
function expectedError(given: string, rejection: Rejection | undefined): Rejection | undefined {
  return given.startsWith('socks4') ? { cause: { code: 'EIO' } } : rejection
}

async function expectTraffic(ws: AnyConnection): Promise<void> {
  for (const size of SIZES) {
    const payload = Buffer.alloc(size, 'through a proxy ')
    await ws.send(payload)
    expect(payload.equals((await ws.recv()) as Buffer)).toBe(true)
  }
  const sent = Array.from({ length: BURST }, (_, index) => `message ${index}`)
  await ws.sendMany(sent)
  for (const text of sent) expect(await ws.recv()).toBe(text)
  await ws.close(4000, 'enough')
  expect(ws).toMatchObject({ closeCode: 4000, wasClean: true })
}

const startProxy = (proxy: ProxyServer) => start(proxy, { folder, upstream: '' })

describe.each(proxies)('$name', (proxy) => {
  let running: Running
  beforeAll(async () => {
    running = await startProxy(proxy)
  })
  afterAll(() => running.stop())

  describe.each(apis)('$name', ({ connect }) => {
    const options = {
      tls: { ca: peer.ca },
      proxyTls: { ca: authority },
      family: 4,
      followRedirects: true,
    } as const
    const through = (url: string, given: string) => connect(url, { ...options, proxy: given })

    /** Runs the body with each URL of the proxy. */
    const eachUrl = async (credentials: string, body: (given: string) => Promise<void>) => {
      for (const given of proxy.urls(running, credentials)) await body(given)
    }

    test.each([
      ['ws:', '/echo'],
      ['wss:', '/echo'],
      ['ws:', '/status/302?location=/echo'],
    ])('tunnels %s to %s', async (scheme, path) => {
      const url = `${scheme === 'ws:' ? peer.ws : peer.wss.replace('localhost', '127.0.0.1')}${path}`
      await eachUrl(CREDENTIALS, async (given) => expectTraffic(await through(url, given)))
    })

    test('tunnels to a host name, resolved by the client or the proxy', async () => {
      const named = `${peer.wss}/echo`
      await eachUrl(CREDENTIALS, async (given) => {
        // Dante resolves the name to ::1 first, which SOCKS 4 cannot address.
        if (!given.startsWith('socks4a')) await expectTraffic(await through(named, given))
      })
    })

    if (proxy.credentials)
      test('reports missing and wrong credentials', async () => {
        const code = { name: 'ProxyError', code: 'ERR_WS_PROXY_CREDENTIALS', phase: 'proxy' }
        await eachUrl('', async (given) => {
          await expect(through(peer.ws, given)).rejects.toMatchObject({ ...code, ...proxy.credentials?.none })
        })
        await eachUrl('user:wrong@', async (given) => {
          await expect(through(peer.ws, given)).rejects.toMatchObject({
            ...code,
            ...proxy.credentials?.wrong,
          })
        })
      })

    if (proxy.denied)
      test('reports a target that the rules of the proxy forbid', async () => {
        const { url = '', rejection } = proxy.denied ?? {}
        await eachUrl(CREDENTIALS, async (given) => {
          await expect(through(url, given)).rejects.toMatchObject({
            code: 'ERR_WS_PROXY',
            ...expectedError(given, rejection),
          })
        })
      })

    test('reports a target that refuses connections', async () => {
      const url = `ws://${await refusingAddress()}`
      await eachUrl(CREDENTIALS, async (given) => {
        await expect(through(url, given)).rejects.toMatchObject({
          code: 'ERR_WS_PROXY',
          ...expectedError(given, proxy.refused),
        })
      })
    })

    test('reports phase upgrade if the upgrade through the tunnel hangs', async () => {
      await eachUrl(CREDENTIALS, async (given) => {
        const hanging = connect(`${peer.ws}/hang`, { ...options, proxy: given, connectTimeout: 300 })
        await expect(hanging).rejects.toMatchObject({ code: 'ERR_WS_CONNECT_TIMEOUT', phase: 'upgrade' })
      })
    })
  })

  test.each(apis)('closes the connection when the proxy ends: $name', async ({ connect }) => {
    const stopping = await startProxy(proxy)
    const [given = ''] = proxy.urls(stopping, CREDENTIALS)
    const ws = await connect(`${peer.ws}/echo`, { proxy: given, family: 4 })
    await stopping.stop()
    await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED', closeCode: 1006 })
  })
})
