// Both APIs against `openssl s_server`, which does not speak WebSocket: every failure of TLS, with the error code that Node
// has for it.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import type { TlsOptions } from 'websocket-rs'
import { silentAddress } from '../support/addresses.js'
import { apis } from '../support/apis.js'
import { startPeer } from '../support/peer.js'
import { start } from '../support/service.js'

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-openssl-'))
const certificates = await startPeer(['--certificates', folder])
afterAll(() => {
  certificates.stop()
  rmSync(folder, { recursive: true })
})

const pem = (name: string) => readFileSync(join(folder, `${name}.pem`), 'utf8')
const ca = pem('authority')

/** Starts a server with this certificate and these arguments. */
async function serve(name: string, ...args: string[]): Promise<string> {
  const identity = ['-cert', join(folder, `${name}.pem`), '-key', join(folder, `${name}.key`)]
  const running = await start(
    {
      name: 'openssl',
      command: ({ port }) => [
        'openssl',
        's_server',
        '-accept',
        `127.0.0.1:${port}`,
        '-quiet',
        ...identity,
        ...args,
      ],
    },
    { folder, upstream: '' },
  )
  onTestFinished(() => running.stop())
  return `wss://${running.plain}`
}

const tlsError = (code: string, phase: 'tls' | 'upgrade' = 'tls') => ({
  name: 'ConnectError',
  code: 'ERR_WS_TLS',
  phase,
  cause: { code },
})

/** The title, the certificate, further arguments of the server, the client's options, and the error. */
const FAILURES: [what: string, name: string, args: string[], tls: TlsOptions, error: object][] = [
  ['rejects an expired certificate', 'expired', [], {}, tlsError('CERT_HAS_EXPIRED')],
  ['rejects a certificate that is not valid yet', 'early', [], {}, tlsError('CERT_NOT_YET_VALID')],
  [
    'rejects a certificate for another host name',
    'elsewhere',
    [],
    {},
    tlsError('ERR_TLS_CERT_ALTNAME_INVALID'),
  ],
  ['rejects a self-signed certificate', 'own', [], {}, tlsError('DEPTH_ZERO_SELF_SIGNED_CERT')],
  [
    'rejects a chain without its intermediate certificate',
    'distant',
    [],
    {},
    tlsError('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
  ],
  ['rejects a client certificate', 'client', [], { servername: 'client.test' }, tlsError('INVALID_PURPOSE')],
  [
    'fails if the server supports TLS 1.1 only',
    'server',
    ['-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0'],
    {},
    tlsError('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'),
  ],
  [
    'fails if the server supports TLS 1.2 and the client requires TLS 1.3',
    'server',
    ['-tls1_2'],
    { minVersion: 'TLSv1.3' },
    tlsError('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'),
  ],
  [
    'fails without a common cipher',
    'server',
    ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-CCM'],
    {},
    tlsError('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'),
  ],
  [
    'fails if the server requires a client certificate (TLS 1.2)',
    'server',
    ['-Verify', '1', '-tls1_2'],
    {},
    tlsError('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'),
  ],
  [
    'fails if the server requires a client certificate (TLS 1.3)',
    'server',
    ['-Verify', '1'],
    {},
    tlsError('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'upgrade'),
  ],
  [
    'fails if the server offers HTTP/2 only',
    'server',
    ['-alpn', 'h2'],
    { ALPNProtocols: ['h2', 'http/1.1'] },
    tlsError('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'),
  ],
]

describe.each(apis)('$name', ({ connect }) => {
  test.each(FAILURES)('%s', async (_what, name, args, tls, error) => {
    await expect(connect(await serve(name, ...args), { tls: { ca, ...tls } })).rejects.toMatchObject(error)
  })

  test.each(['-tls1_2', '-tls1_3'])(
    'rejects an HTML page instead of the upgrade, over %s',
    async (version) => {
      const failing = connect(await serve('server', '-www', version), { tls: { ca } })
      await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_UNEXPECTED_STATUS', status: 200 })
    },
  )

  test('accepts an intermediate certificate of the server or of the ca option', async () => {
    const page = { code: 'ERR_WS_UNEXPECTED_STATUS', status: 200 }
    const sent = await serve('distant', '-www', '-cert_chain', join(folder, 'intermediate.pem'))
    await expect(connect(sent, { tls: { ca } })).rejects.toMatchObject(page)
    const kept = await serve('distant', '-www')
    await expect(connect(kept, { tls: { ca: [ca, pem('intermediate')] } })).rejects.toMatchObject(page)
  })

  test('rejects the bytes of a TLS port for a ws: URL', async () => {
    const url = (await serve('server')).replace('wss:', 'ws:')
    await expect(connect(url)).rejects.toMatchObject({ code: expect.stringMatching(/LOST|INVALID_RESPONSE/) })
  })

  test('times out in phase tls if the server never responds', async () => {
    const failing = connect(`wss://${await silentAddress()}`, { connectTimeout: 100 })
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_CONNECT_TIMEOUT', phase: 'tls' })
  })
})
