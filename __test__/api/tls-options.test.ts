// The options of TLS, tested with servers of Node's own.

import { execFileSync, spawn } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import type { TlsOptions } from 'websocket-rs'
import { type AnyConnection, apis } from '../support/apis.js'
import { startPeer } from '../support/peer.js'
import { run, success } from '../support/program.js'

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-tls-'))
const certificates = await startPeer(['--certificates', folder])
afterAll(() => {
  certificates.stop()
  rmSync(folder, { recursive: true })
})

const pem = (name: string) => readFileSync(join(folder, name), 'utf8')
const ca = pem('authority.pem')
const identity = { cert: pem('client.pem'), key: pem('client.key') }
const encrypted = createPrivateKey(identity.key).export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'secret',
})

const program = fileURLToPath(new URL('programs/tls-server.mjs', import.meta.url))

/** Starts a server with this certificate, which runs until the test has finished. Returns its URL. */
async function serve(name: string, options: object = {}): Promise<string> {
  const given = { cert: pem(`${name}.pem`), key: pem(`${name}.key`), ...options }
  const child = spawn(process.execPath, [program, JSON.stringify(given)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill()
  })
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  return `wss://localhost:${Number(port)}`
}

/** Returns the TLS parameters that the server reports, and closes the connection. */
async function negotiated(ws: AnyConnection): Promise<Record<string, unknown>> {
  const parameters = JSON.parse(String(await ws.recv()))
  await ws.close()
  return parameters
}

const tlsFailure = (code: string) => ({ name: 'ConnectError', code: 'ERR_WS_TLS', cause: { code } })

describe.each(apis)('$name', ({ connect }) => {
  const open = async (url: string, tls: TlsOptions) => negotiated(await connect(url, { tls }))

  test('negotiates TLS 1.3, the host of the URL and http/1.1 by default', async () => {
    expect(await open(await serve('server'), { ca })).toEqual({
      version: 'TLSv1.3',
      resumed: false,
      servername: 'localhost',
      alpn: 'http/1.1',
    })
  })

  test('minVersion and maxVersion limit the negotiated version', async () => {
    const both = await serve('server')
    expect(await open(both, { ca, maxVersion: 'TLSv1.2' })).toMatchObject({ version: 'TLSv1.2' })
    const old = await serve('server', { maxVersion: 'TLSv1.2' })
    expect(await open(old, { ca })).toMatchObject({ version: 'TLSv1.2' })
    const tls = { ca, minVersion: 'TLSv1.3' } as const
    await expect(connect(old, { tls })).rejects.toMatchObject(
      tlsFailure('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'),
    )
  })

  test('names an unusable option of tls or proxyTls, even without TLS', async () => {
    const proxy = `https://localhost:${new URL(await serve('server')).port}`
    for (const [tls, text] of [
      [{ ca: 'no PEM' }, 'ca holds no PEM certificate'],
      [{ ca: [] }, 'ca: there is no trusted root certificate'],
      [{ ca: 'no PEM', rejectUnauthorized: false }, 'ca holds no PEM certificate'],
      [{ ca, cert: 'no PEM', key: identity.key }, 'cert holds no PEM certificate'],
      [{ ca, cert: identity.cert, key: 'no PEM' }, 'key: '],
      [{ ca, servername: 'a b' }, 'servername: '],
    ] as const) {
      const invalid = (name: string) => ({
        code: 'ERR_WS_INVALID_OPTION',
        message: expect.stringContaining(`option ${name}.${text}`),
      })
      const given = tls as TlsOptions
      await expect(connect('wss://localhost:1', { tls: given })).rejects.toMatchObject(invalid('tls'))
      const through = connect('ws://a.example', { proxy, proxyTls: given })
      await expect(through).rejects.toMatchObject(invalid('proxyTls'))
      // The options are also checked for a connection without TLS.
      for (const name of ['tls', 'proxyTls'])
        await expect(connect('ws://localhost:1', { [name]: given })).rejects.toMatchObject(invalid(name))
    }
  })

  test('uses certificate and servername only for the origin of the URL, not after a redirect', async () => {
    const mutual = await serve('elsewhere', { ca, requestCert: true, rejectUnauthorized: false })
    const location = encodeURIComponent(mutual.replace('wss:', 'https:'))
    const first = `${certificates.wss}/status/302?location=${location}`
    const tls = { ca: [ca, certificates.ca], ...identity, servername: 'localhost' }
    expect(await open(mutual, { ...tls, servername: 'elsewhere.test' })).toMatchObject({
      client: 'websocket-rs test peer',
    })
    // The certificate of the redirect's target does not match the host of its URL, which replaces servername.
    const failing = connect(first, { tls: { ...tls, servername: 'localhost' }, followRedirects: true })
    await expect(failing).rejects.toMatchObject(tlsFailure('ERR_TLS_CERT_ALTNAME_INVALID'))
    const unverified = { ...tls, rejectUnauthorized: false }
    expect(await open(mutual, unverified)).toMatchObject({ client: 'websocket-rs test peer' })
    const ws = await connect(first, { tls: unverified, followRedirects: true })
    expect(JSON.parse(String(await ws.recv()))).not.toHaveProperty('client')
    ws.terminate()
  })

  test('servername is sent and verified; an empty one is not sent', async () => {
    const elsewhere = await serve('elsewhere')
    expect(await open(elsewhere, { ca, servername: 'elsewhere.test' })).toMatchObject({
      servername: 'elsewhere.test',
    })
    await expect(connect(elsewhere, { tls: { ca } })).rejects.toMatchObject(
      tlsFailure('ERR_TLS_CERT_ALTNAME_INVALID'),
    )
    expect(await open(await serve('server'), { ca, servername: '' })).toMatchObject({ servername: false })
  })

  test('offers ALPNProtocols and rejects any protocol but http/1.1', async () => {
    const choosing = await serve('server', { ALPNProtocols: ['other', 'http/1.1'] })
    expect(await open(choosing, { ca })).toMatchObject({ alpn: 'http/1.1' })
    expect(await open(choosing, { ca, ALPNProtocols: [] })).toMatchObject({ alpn: false })
    await expect(connect(choosing, { tls: { ca, ALPNProtocols: ['other'] } })).rejects.toMatchObject(
      tlsFailure('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'),
    )
  })

  test('resumes a session with equal options', async () => {
    const url = await serve('server')
    expect(await open(url, { ca })).toMatchObject({ resumed: false })
    expect(await open(url, { ca })).toMatchObject({ resumed: true })
    expect(await open(url, { ca, ALPNProtocols: [] })).toMatchObject({ resumed: false })
  })

  test('rejects an expired certificate, even if it is trusted itself', async () => {
    const url = await serve('expired')
    for (const trusted of [ca, pem('expired.pem')])
      await expect(connect(url, { tls: { ca: trusted } })).rejects.toMatchObject(
        tlsFailure('CERT_HAS_EXPIRED'),
      )
  })

  test('trusts a self-signed certificate if it is given as ca', async () => {
    const url = await serve('own')
    expect(await open(url, { ca: pem('own.pem') })).toMatchObject({ version: 'TLSv1.3' })
    expect(await open(url, { ca: pem('own.pem'), maxVersion: 'TLSv1.2' })).toMatchObject({
      version: 'TLSv1.2',
    })
    await expect(connect(url, { tls: { ca } })).rejects.toMatchObject(
      tlsFailure('DEPTH_ZERO_SELF_SIGNED_CERT'),
    )
    await expect(
      connect(url, { tls: { ca: pem('own.pem'), servername: 'elsewhere.test' } }),
    ).rejects.toMatchObject(tlsFailure('ERR_TLS_CERT_ALTNAME_INVALID'))
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('sends the client certificate over %s', async (maxVersion) => {
    const url = await serve('server', { requestCert: true, ca })
    const shown = { version: maxVersion, client: 'websocket-rs test peer' }
    expect(await open(url, { ca, ...identity, maxVersion })).toMatchObject(shown)
    const { cert } = identity
    expect(await open(url, { ca, cert, key: encrypted, passphrase: 'secret', maxVersion })).toMatchObject(
      shown,
    )
    expect(
      await open(url, { ca, cert: [Buffer.from(cert)], key: Buffer.from(identity.key), maxVersion }),
    ).toMatchObject(shown)
  })

  test('reports the alert of a server that requires a client certificate', async () => {
    const url = await serve('server', { requestCert: true, rejectUnauthorized: true, ca })
    await expect(connect(url, { tls: { ca } })).rejects.toMatchObject({
      ...tlsFailure('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
      phase: 'upgrade',
    })
    await expect(connect(url, { tls: { ca, maxVersion: 'TLSv1.2' } })).rejects.toMatchObject({
      ...tlsFailure('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'),
      phase: 'tls',
    })
  })

  test.each<[name: string, tls: object, code?: string]>([
    ['tls.cert', { cert: identity.cert }],
    ['tls.key', { key: identity.key }],
    ['tls.passphrase', { passphrase: 'secret' }],
    ['tls.cert', { ...identity, cert: 'no PEM' }],
    ['tls.key', { ...identity, key: 'no PEM' }],
    ['tls.key', { ...identity, key: encrypted }],
    ['tls.key, with tls.passphrase,', { ...identity, key: encrypted, passphrase: 'wrong' }],
    ['tls.key', { ...identity, key: [identity.key, identity.key] }],
    ['tls.cert', { cert: identity.cert, key: readFileSync(join(folder, 'server.key')) }],
    ['tls.servername', { servername: 5 }],
    ['tls.minVersion', { minVersion: 'SSLv3' }],
    ['tls.minVersion', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }],
    ['tls.maxVersion', { maxVersion: 'TLSv1.1' }, 'ERR_WS_UNSUPPORTED_OPTION'],
    ['tls.ALPNProtocols', { ALPNProtocols: 'http/1.1' }],
    ['tls.ALPNProtocols', { ALPNProtocols: [''] }],
    ['tls.requestOCSP', { requestOCSP: true }, 'ERR_WS_UNSUPPORTED_OPTION'],
    ['tls.cerificate', { cerificate: '' }, 'ERR_WS_UNKNOWN_OPTION'],
  ])(
    'rejects an invalid, unsupported or unknown %s (%#)',
    async (name, tls, code = 'ERR_WS_INVALID_OPTION') => {
      const failing = connect('wss://localhost:1', { tls: { ca, ...tls } as TlsOptions })
      await expect(failing).rejects.toMatchObject({ name: 'TypeError', code })
      await expect(failing).rejects.toThrow(name)
    },
  )
})

test('logs TLS secrets to the file of --tls-keylog or SSLKEYLOGFILE', async () => {
  const url = await serve('server')
  const log = join(folder, 'keys.log')
  const program = new URL('programs/key-log.mjs', import.meta.url)
  for (const [args, flags] of [
    [[url], [`--tls-keylog=${log}`]],
    [[url, log], []],
  ] as [string[], string[]][]) {
    expect(await run(program, args, flags)).toEqual(success())
    expect(readFileSync(log, 'utf8')).toMatch(/^CLIENT_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]{64} [0-9a-f]+$/m)
    rmSync(log)
  }
  expect(await run(program, [url], ['--tls-keylog', log])).toEqual(success())
  expect(readFileSync(log, 'utf8')).toContain('CLIENT_HANDSHAKE_TRAFFIC_SECRET')
})

test('connects without delay if the key log cannot be written', async () => {
  const url = await serve('server')
  const program = new URL('programs/key-log.mjs', import.meta.url)
  expect(await run(program, [url, join(folder, 'no', 'such', 'folder')])).toEqual(success())
  if (process.platform === 'win32') return
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  expect(await run(program, [url, pipe])).toEqual(success())
})
