// Both APIs through other people's proxies: the same tunnels and refusals for each of them.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refusingAddress } from '../support/addresses.js'
import { type AnyConnection, apis } from '../support/apis.js'
import { startPeer } from '../support/peer.js'
import { type Running, start } from '../support/service.js'
import { type ProxyServer, proxies, type Refusal } from './proxies.js'

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-proxies-'))
const peer = await startPeer(['--certificates', folder])
/** Who vouches for a proxy. */
const authority = readFileSync(join(folder, 'authority.pem'))
afterAll(() => {
  peer.stop()
  rmSync(folder, { recursive: true })
})

const KNOWN = 'user:secret@'
const SIZES = [0, 125, 65_536, 1024 * 1024]
const BURST = 200

/** SOCKS 4 has one refusal for everything. */
function said(given: string, refusal: Refusal | undefined): Refusal | undefined {
  return given.startsWith('socks4') ? { cause: { code: 'EIO' } } : refusal
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

    /** Every way the proxy speaks. */
    const eachWay = async (credentials: string, body: (given: string) => Promise<void>) => {
      for (const given of proxy.urls(running, credentials)) await body(given)
    }

    test.each([
      ['ws:', '/echo'],
      ['wss:', '/echo'],
      ['ws:', '/status/302?location=/echo'],
    ])('carries %s to %s', async (scheme, path) => {
      const url = `${scheme === 'ws:' ? peer.ws : peer.wss.replace('localhost', '127.0.0.1')}${path}`
      await eachWay(KNOWN, async (given) => expectTraffic(await through(url, given)))
    })

    test('a name may be resolved here or there', async () => {
      const named = `${peer.wss}/echo`
      await eachWay(KNOWN, async (given) => {
        // Dante takes it for ::1 first, for which SOCKS 4 has no room.
        if (!given.startsWith('socks4a')) await expectTraffic(await through(named, given))
      })
    })

    if (proxy.credentials)
      test('says what is wrong with credentials', async () => {
        const code = { name: 'ProxyError', code: 'ERR_WS_PROXY_CREDENTIALS', phase: 'proxy' }
        await eachWay('', async (given) => {
          await expect(through(peer.ws, given)).rejects.toMatchObject({ ...code, ...proxy.credentials?.none })
        })
        await eachWay('user:wrong@', async (given) => {
          await expect(through(peer.ws, given)).rejects.toMatchObject({
            ...code,
            ...proxy.credentials?.wrong,
          })
        })
      })

    if (proxy.denied)
      test('says that its rules forbid a target', async () => {
        const { url = '', refusal } = proxy.denied ?? {}
        await eachWay(KNOWN, async (given) => {
          await expect(through(url, given)).rejects.toMatchObject({
            code: 'ERR_WS_PROXY',
            ...said(given, refusal),
          })
        })
      })

    test('says that nobody listens', async () => {
      const url = `ws://${await refusingAddress()}`
      await eachWay(KNOWN, async (given) => {
        await expect(through(url, given)).rejects.toMatchObject({
          code: 'ERR_WS_PROXY',
          ...said(given, proxy.refused),
        })
      })
    })

    test('an upgrade that hangs behind it is one of the upgrade', async () => {
      await eachWay(KNOWN, async (given) => {
        const hanging = connect(`${peer.ws}/hang`, { ...options, proxy: given, connectTimeout: 300 })
        await expect(hanging).rejects.toMatchObject({ code: 'ERR_WS_CONNECT_TIMEOUT', phase: 'upgrade' })
      })
    })
  })

  test.each(apis)('its end is that of the connection: $name', async ({ connect }) => {
    const mortal = await startProxy(proxy)
    const [given = ''] = proxy.urls(mortal, KNOWN)
    const ws = await connect(`${peer.ws}/echo`, { proxy: given, family: 4 })
    await mortal.stop()
    await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED', closeCode: 1006 })
  })
})
