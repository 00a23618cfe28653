// Proxies: every kind, what they answer, and which one the environment names. Real ones are in __test__/proxies.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { LookupFunction } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { connect, type HeaderList, type ProxyError } from 'websocket-rs'
import { type Either, faces } from '../support/faces.js'
import { peer, startPeer } from '../support/peer.js'
import { refusing } from '../support/servers.js'

const PROGRAM = fileURLToPath(new URL('../support/programs/odd-proxy.mjs', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-proxy-'))
const certificates = await startPeer(['--certificates', folder])
const authority = readFileSync(join(folder, 'authority.pem'), 'utf8')

/** A proxy, and the targets it was asked for. */
interface Proxy {
  port: number
  asked: string[]
  stop(): void
}

async function startProxy(...args: string[]): Promise<Proxy> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)
  const [port] = (await once(lines, 'line')) as [string]
  const asked: string[] = []
  lines.on('line', (line) => asked.push(line))
  return { port: Number(port), asked, stop: () => child.kill() }
}

const proxy = await startProxy()
const secure = await startProxy(join(folder, 'server.pem'), join(folder, 'server.key'))

afterAll(() => {
  for (const running of [proxy, secure, certificates]) running.stop()
  rmSync(folder, { recursive: true })
})

const http = (user = '') => `http://${user === '' ? '' : `${user}:pass@`}127.0.0.1:${proxy.port}`
const socks = (user = '', scheme = 'socks5h') =>
  `${scheme}://${user === '' ? '' : `${user}:pass@`}127.0.0.1:${proxy.port}`
const port = new URL(peer.ws).port

/** One message there and back, and the connection is over. */
async function echo(ws: Either, payload = 'through'): Promise<void> {
  await ws.send(payload)
  expect(await ws.recv()).toBe(payload)
  await ws.close()
  expect(ws.wasClean).toBe(true)
}

/** What the proxy was asked for while this ran: so many targets. */
async function asked(run: () => Promise<void>, count = 1): Promise<string[]> {
  const before = proxy.asked.length
  await run()
  await vi.waitFor(() => expect(proxy.asked.length).toBeGreaterThanOrEqual(before + count))
  return proxy.asked.slice(before)
}

describe.each(faces)('$name', ({ connect }) => {
  const failing = async (given: string | URL, url = `${peer.ws}/echo`) =>
    connect(url, { proxy: given, proxyTls: { ca: authority } }).then(
      () => expect.unreachable(),
      (error: unknown) => error,
    )

  test.each([
    ['http:', http()],
    ['http: with HTTP/1.0 and a length that means nothing', http('ten')],
    ['http: as a URL', new URL(http())],
    ['socks5h:', socks()],
    ['socks5h: with credentials', socks('user')],
    ['socks:', socks('', 'socks')],
  ])('%s carries ws: and wss:', async (_name, given) => {
    const plain = await asked(async () => echo(await connect(`${peer.ws}/echo`, { proxy: given })))
    expect(plain).toEqual([`127.0.0.1:${port}`])
    const tls = { ca: peer.ca }
    const secured = await asked(async () => echo(await connect(`${peer.wss}/echo`, { proxy: given, tls })))
    expect(secured).toEqual([`localhost:${new URL(peer.wss).port}`])
  })

  test('what SOCKS cannot carry is said before the proxy is asked, also on the way of a redirect', async () => {
    const wrong = { name: 'TypeError', code: 'ERR_WS_INVALID_OPTION', message: /^proxy socks.*carries/ }
    const long = `a.example.${'b'.repeat(60)}.${'c'.repeat(183)}`
    const before = proxy.asked.length
    for (const scheme of ['socks4a', 'socks5h']) {
      expect(await failing(socks('', scheme), `ws://${long}/`)).toMatchObject(wrong)
      const location = encodeURIComponent(`ws://${'a'.repeat(600)}/`)
      vi.stubEnv('all_proxy', socks('', scheme))
      const redirected = connect(`${peer.ws}/status/302?location=${location}`, { followRedirects: true })
      // Of a redirect it is the server's mistake.
      const told = { name: 'HandshakeError', code: 'ERR_WS_REDIRECT', status: 302, message: /carries/ }
      await expect(redirected).rejects.toMatchObject(told)
      vi.unstubAllEnvs()
    }
    for (const given of [
      `socks4a://u%00evil.example@127.0.0.1:${proxy.port}`,
      `socks4://${'u'.repeat(251)}@127.0.0.1:${proxy.port}`,
      `socks5://user@127.0.0.1:${proxy.port}`,
      `socks5://user:${'p'.repeat(256)}@127.0.0.1:${proxy.port}`,
    ])
      expect(await failing(given)).toMatchObject(wrong)
    const newer = connect(peer.ws, { proxy: socks('', 'socks4'), family: 6 })
    await expect(newer).rejects.toMatchObject(wrong)
    expect(proxy.asked.length).toBe(before)
  })

  test('an address with a zone is for no proxy', async () => {
    const wrong = { name: 'TypeError', code: 'ERR_WS_INVALID_OPTION', message: /^proxy .*a zone/ }
    for (const given of [`http://127.0.0.1:${proxy.port}`, socks('', 'socks5')])
      expect(await failing(given, 'ws://[fe80::1%25lo]:1/')).toMatchObject(wrong)
    vi.stubEnv('all_proxy', `http://127.0.0.1:${proxy.port}`)
    await expect(connect('ws://[fe80::1%25nosuchthing]:1/')).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE' })
    vi.unstubAllEnvs()
  })

  test('socks5: has names resolved here', async () => {
    const url = peer.ws.replace('127.0.0.1', 'localhost')
    const run = async () => echo(await connect(`${url}/echo`, { proxy: socks('', 'socks5'), family: 4 }))
    expect(await asked(run)).toEqual([`127.0.0.1:${port}`])
    const unknown = await failing(socks('', 'socks5'), 'ws://nowhere.invalid/')
    expect(unknown).toMatchObject({ code: 'ERR_WS_RESOLVE', phase: 'resolve' })
  })

  test('https: is TLS to the proxy, also under the TLS of wss:', async () => {
    const options = {
      proxy: `https://localhost:${secure.port}`,
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

  test('the remote address is that of the proxy', async () => {
    await asked(async () => {
      const ws = await connect(`${peer.ws}/echo`, { proxy: http() })
      expect(ws.remoteAddress).toMatchObject({ address: '127.0.0.1', port: proxy.port })
      ws.terminate()
    })
  })

  test('lookup finds the proxy, and the target where the proxy does not', async () => {
    const names: string[] = []
    const lookup: LookupFunction = (name, _options, found) => {
      names.push(name)
      found(null, '127.0.0.1', 4)
    }
    const through = (scheme: string) =>
      connect(`ws://target.invalid:${port}/echo`, {
        lookup,
        proxy: `${scheme}://proxy.invalid:${proxy.port}`,
      })
    const here = await asked(async () => echo(await through('socks5')))
    expect([here, names.splice(0).sort()]).toEqual([
      [`127.0.0.1:${port}`],
      ['proxy.invalid', 'target.invalid'],
    ])
    // The proxy asks the system, which does not know the name.
    const refused = { code: 'ERR_WS_PROXY' }
    const there = await asked(async () => expect(through('http')).rejects.toMatchObject(refused))
    expect([there, names]).toEqual([[`target.invalid:${port}`], ['proxy.invalid']])
  })

  test('every redirect goes through it', async () => {
    const url = `${peer.ws}/status/302?location=/echo`
    const run = async () => echo(await connect(url, { proxy: http(), followRedirects: true }))
    expect(await asked(run, 2)).toEqual([`127.0.0.1:${port}`, `127.0.0.1:${port}`])
  })

  test.each([
    ['deny', 403, { 'x-why': 'rules' }, 'denied'],
    ['old', 503, {}, 'later'],
  ])('a refusal (%s) is told with its status, headers and body', async (user, status, headers, body) => {
    const error = await failing(http(user))
    const shown = `proxy http://127.0.0.1:${proxy.port}: unexpected response to CONNECT: ${status}`
    expect(error).toMatchObject({
      name: 'ProxyError',
      code: 'ERR_WS_PROXY',
      phase: 'proxy',
      status,
      headers,
      message: shown,
    })
    expect(String((error as { body: Buffer }).body)).toBe(body)
  })

  test.each([
    ['407', http('ask'), 407],
    ['a SOCKS proxy that does not know them', socks('wrong'), 0],
  ])('wrong credentials (%s) have a code of their own', async (_name, given, status) => {
    const error = await failing(given)
    expect(error).toMatchObject({ name: 'ProxyError', code: 'ERR_WS_PROXY_CREDENTIALS', status })
    expect((error as Error).message).not.toContain('pass')
  })

  test.each([
    ['deny', 'EACCES'],
    ['refuse', 'ECONNREFUSED'],
    ['unreachable', 'EHOSTUNREACH'],
    ['network', 'ENETUNREACH'],
    ['late', 'ETIMEDOUT'],
    ['family', 'EAFNOSUPPORT'],
    ['general', 'EIO'],
    ['noise', 'EPROTO'],
    ['end', 'ECONNRESET'],
  ])('SOCKS: %s is %s', async (user, code) => {
    expect(await failing(socks(user))).toMatchObject({
      code: 'ERR_WS_PROXY',
      phase: 'proxy',
      status: 0,
      cause: { code },
    })
  })

  test.each(['noise', 'large', 'early', 'end'])('CONNECT: %s is no answer', async (user) => {
    expect(await failing(http(user))).toMatchObject({ code: 'ERR_WS_PROXY', phase: 'proxy', status: 0 })
  })

  test.each([http('hang'), socks('hang')])('%s is waited for until connectTimeout', async (given) => {
    const waiting = connect(peer.ws, { proxy: given, connectTimeout: 80 })
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_WS_CONNECT_TIMEOUT', phase: 'proxy' })
  })

  test('a proxy that is not there is not taken for the server', async () => {
    const dead = `http://${await refusing()}`
    const error = await failing(dead)
    expect(error).toMatchObject({ code: 'ERR_WS_PROXY', phase: 'proxy', cause: { code: 'ECONNREFUSED' } })
    expect((error as Error).message).toContain(`proxy ${dead}: cannot connect to`)
    expect(await failing('http://nowhere.invalid')).toMatchObject({
      code: 'ERR_WS_PROXY',
      cause: { code: 'ENOTFOUND' },
    })
  })

  test.each(['', 'here', 'ftp://a', 'http://', 'socks5://'])('%j is no proxy', async (given) => {
    expect(await failing(given)).toMatchObject({
      name: 'TypeError',
      code: 'ERR_WS_INVALID_OPTION',
      message: /option proxy/,
    })
  })

  describe('proxyHeaders', () => {
    /** The request for a tunnel to a target that the proxy was sent. */
    const shown = async (proxyHeaders: HeaderList, given: string | true = http('user')) => {
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

    test('are sent with CONNECT, by rules that are those of headers', async () => {
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
      expect(await shown(headers)).toEqual(expected)
      expect(await shown(headers, `https://user:pass@localhost:${secure.port}`)).toEqual(expected)
      vi.stubEnv('ALL_PROXY', http('user'))
      expect(await shown(headers, true)).toEqual(expected)
      vi.unstubAllEnvs()
    })

    test('may replace the credentials of the URL, and Host', async () => {
      const request = await shown({ 'proxy-authorization': 'Bearer t', host: 'elsewhere:1' })
      expect(request).toEqual([
        'CONNECT target.invalid:1 HTTP/1.1',
        'proxy-authorization: Bearer t',
        'host: elsewhere:1',
        'X-Show: yes',
        '',
        '',
      ])
    })

    test('never reach the server, through a proxy or without one', async () => {
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
    ] as [HeaderList, RegExp][])(
      '%j is refused, whether there is a proxy or not',
      async (proxyHeaders, why) => {
        for (const given of [http(), socks(), false]) {
          const error = await connect(`${peer.ws}/echo`, { proxy: given, proxyHeaders }).then(
            () => expect.unreachable(),
            (reason: unknown) => reason,
          )
          expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_WS_INVALID_HEADER', message: why })
          expect(error).toMatchObject({ message: /^option proxyHeaders: / })
        }
      },
    )
  })

  test('there is none to a Unix socket', async () => {
    const wrong = { code: 'ERR_WS_INVALID_OPTION', message: /option proxy/ }
    expect(await failing(http(), 'ws+unix:/tmp/none:/')).toMatchObject(wrong)
  })

  describe('the environment', () => {
    beforeEach(() => {
      for (const name of ['ws', 'wss', 'http', 'https', 'all', 'no']) {
        vi.stubEnv(`${name}_proxy`, undefined)
        vi.stubEnv(`${name}_PROXY`.toUpperCase(), undefined)
      }
      vi.stubEnv('REQUEST_METHOD', undefined)
    })
    afterEach(() => {
      vi.unstubAllEnvs()
    })

    // A name that the proxy resolves; nobody else does.
    const named = `ws://echo.invalid:${port}/echo`
    const unresolved = { code: 'ERR_WS_PROXY', cause: { code: 'ECONNRESET' } }

    test.each(['ws_proxy', 'HTTP_PROXY', 'ALL_PROXY'])(
      '%s is asked by default, and with proxy: true',
      async (name) => {
        vi.stubEnv(name, socks('end'))
        await expect(connect(named)).rejects.toMatchObject(unresolved)
        await expect(connect(named, { proxy: true })).rejects.toMatchObject(unresolved)
        await expect(connect(named, { proxy: false })).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE' })
      },
    )

    test('loopback never goes through a proxy, and no_proxy makes other exceptions', async () => {
      vi.stubEnv('ALL_PROXY', http('deny'))
      await echo(await connect(`${peer.ws}/echo`))
      await expect(connect('wss://echo.invalid/')).rejects.toMatchObject({
        code: 'ERR_WS_PROXY',
        status: 403,
      })
      vi.stubEnv('NO_PROXY', '10.0.0.0/8 .invalid')
      await expect(connect('wss://echo.invalid/')).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE' })
    })

    test('what only looks like loopback goes through it', async () => {
      vi.stubEnv('ALL_PROXY', http('deny'))
      const denied = { code: 'ERR_WS_PROXY', status: 403 }
      for (const url of ['ws://echo.invalid\\@localhost/', 'ws://echo.invalid\\@127.0.0.1/'])
        await expect(connect(url)).rejects.toMatchObject(denied)
    })

    test('HTTP_PROXY is nobody in a CGI program, where a request may have said it', async () => {
      vi.stubEnv('HTTP_PROXY', http('deny'))
      await expect(connect(named)).rejects.toMatchObject({ code: 'ERR_WS_PROXY', status: 403 })
      vi.stubEnv('REQUEST_METHOD', 'GET')
      await expect(connect(named)).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE' })
      vi.stubEnv('http_proxy', http('deny'))
      await expect(connect(named)).rejects.toMatchObject({ code: 'ERR_WS_PROXY', status: 403 })
      // On Windows that is the same variable.
      vi.stubGlobal('process', Object.create(process, { platform: { value: 'win32' } }))
      await expect(connect(named)).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE' })
      vi.unstubAllGlobals()
    })

    test('a variable that is no proxy is named', async () => {
      vi.stubEnv('HTTPS_PROXY', 'ftp://a')
      const wrong = { code: 'ERR_WS_INVALID_OPTION', message: /environment variable HTTPS_PROXY/ }
      await expect(connect('wss://echo.invalid/')).rejects.toMatchObject(wrong)
      await echo(await connect(`${peer.ws}/echo`))
    })
  })
})

describe('connect.forever', () => {
  const OPTIONS = { backoff: { initial: 1, max: 1 } }

  /** Tries until it is told to stop, or gives up by itself. */
  async function attempts(given: string): Promise<string> {
    const stop = AbortSignal.timeout(150)
    try {
      for await (const ws of connect.forever(`${peer.ws}/echo`, { ...OPTIONS, proxy: given, signal: stop })) {
        ws.terminate()
      }
      return 'left'
    } catch (error) {
      return (error as { code: string }).code
    }
  }

  test.each(['refuse', 'unreachable', 'late', 'general', 'end'])('goes on after SOCKS: %s', async (user) => {
    expect(await attempts(socks(user))).toBe('ABORT_ERR')
  })

  test('goes on while the proxy is away, or says that it is busy', async () => {
    expect(await attempts(`http://${await refusing()}`)).toBe('ABORT_ERR')
    expect(await attempts(http('old'))).toBe('ABORT_ERR')
  })

  test.each([
    [http('deny'), 'ERR_WS_PROXY'],
    [http('ask'), 'ERR_WS_PROXY_CREDENTIALS'],
    [http('noise'), 'ERR_WS_PROXY'],
    [socks('deny'), 'ERR_WS_PROXY'],
    [socks('wrong'), 'ERR_WS_PROXY_CREDENTIALS'],
    [`https://localhost:${secure.port}`, 'ERR_WS_PROXY'],
    ['ftp://a', 'ERR_WS_INVALID_OPTION'],
  ])('gives up where %s says what it will say again', async (given, code) => {
    expect(await attempts(given)).toBe(code)
  })
})
