// What Node's OpenSSL speaks and rustls does not: the error says what it is. docs/api.md has the list.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Kind, type Made, make, type Shape } from '../support/certificates.js'
import { faces } from '../support/faces.js'
import { serveTls } from '../support/tls-server.js'

const authorityOf = (kind: Kind, hash?: string) =>
  make({ names: ['authority'], altNames: [], authority: true, kind, ...(hash ? { hash } : {}) })
const regular = authorityOf('P-256')

const HANDSHAKE = 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'
const KEY = 'ERR_SSL_EE_KEY_TOO_SMALL'
const UNKNOWN = 'UNSUPPORTED_SIGNATURE_ALGORITHM'

/** What Node serves with each, at the level that lets it do so. */
const ANY = { ciphers: 'DEFAULT@SECLEVEL=0' }
const only = (ciphers: string, more: object = {}) => ({
  ciphers: `${ciphers}@SECLEVEL=0`,
  maxVersion: 'TLSv1.2',
  ...more,
})

/** The server's certificate, its authority and options, and what the client says. */
const CASES: [what: string, shape: Shape, authority: Made, options: object, code: string, said: string][] = [
  ['an RSA key of 1024 bits', { kind: 'RSA-1024' }, regular, ANY, KEY, 'RSA key of 1024 bits'],
  [
    'an RSA key of 1024 bits over TLS 1.2',
    { kind: 'RSA-1024' },
    regular,
    { ...ANY, maxVersion: 'TLSv1.2' },
    KEY,
    'RSA key of 1024 bits',
  ],
  ['a key on P-521', { kind: 'P-521' }, regular, ANY, HANDSHAKE, 'key type in common'],
  ['a key of Ed448', { kind: 'Ed448' }, regular, ANY, HANDSHAKE, 'key type in common'],
  ['a key of RSASSA-PSS', { kind: 'RSA-PSS' }, regular, ANY, HANDSHAKE, 'key type in common'],
  ['an authority with a key on P-521', {}, authorityOf('P-521'), ANY, 'ERR_SSL_UNKNOWN_PKEY_TYPE', 'P-521'],
  ['an authority with a key of Ed448', {}, authorityOf('Ed448'), ANY, 'ERR_SSL_UNKNOWN_PKEY_TYPE', 'Ed448'],
  [
    'an authority with an RSA key of 1024 bits',
    {},
    authorityOf('RSA-1024'),
    ANY,
    'ERR_SSL_CA_KEY_TOO_SMALL',
    'RSA key of 1024 bits',
  ],
  [
    'SHA-512 by a key on P-256',
    { hash: 'sha512' },
    regular,
    ANY,
    UNKNOWN,
    'ECDSA with SHA-512 by a key of type P-256',
  ],
  [
    'SHA-512 by a key on P-384',
    { hash: 'sha512' },
    authorityOf('P-384'),
    ANY,
    UNKNOWN,
    'SHA-512 by a key of type P-384',
  ],
  ['SHA-1 by a key on P-256', { hash: 'sha1' }, regular, ANY, 'ERR_SSL_CA_MD_TOO_WEAK', 'ECDSA with SHA-1'],
  [
    'SHA-1 by an RSA key',
    { hash: 'sha1' },
    authorityOf('RSA-2048'),
    ANY,
    'ERR_SSL_CA_MD_TOO_WEAK',
    'RSA with SHA-1',
  ],
  [
    'SHA-512 by a key on P-256, in a certificate of version 1',
    { version: 1, hash: 'sha512' },
    regular,
    ANY,
    UNKNOWN,
    'ECDSA with SHA-512',
  ],
  ['CBC alone', { kind: 'RSA-2048' }, regular, only('ECDHE-RSA-AES128-SHA256'), HANDSHAKE, 'cipher suite'],
  ['CBC and SHA-1 alone', {}, regular, only('ECDHE-ECDSA-AES256-SHA'), HANDSHAKE, 'cipher suite'],
  ['CCM alone', {}, regular, only('ECDHE-ECDSA-AES128-CCM'), HANDSHAKE, 'cipher suite'],
  [
    'DHE alone',
    { kind: 'RSA-2048' },
    regular,
    only('DHE-RSA-AES128-GCM-SHA256', { dhparam: 'auto' }),
    HANDSHAKE,
    'key exchange',
  ],
  [
    'RSA key exchange alone',
    { kind: 'RSA-2048' },
    regular,
    only('AES128-GCM-SHA256'),
    HANDSHAKE,
    'key exchange',
  ],
  ['P-521 alone for the key exchange', {}, regular, { ecdhCurve: 'P-521' }, HANDSHAKE, 'key exchange'],
  ['X448 alone for the key exchange', {}, regular, { ecdhCurve: 'X448' }, HANDSHAKE, 'key exchange'],
  [
    'TLS 1.1 alone',
    {},
    regular,
    { ...ANY, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
    'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    'none of the offered versions of TLS',
  ],
]

describe.each(faces)('$name', ({ connect }) => {
  test.each(CASES)('a server with %s', async (_, shape, authority, options, code, said) => {
    const { cert, key } = make({ ...shape, issuer: authority })
    const url = await serveTls({ cert, key, ...options })
    const failing = connect(url, { tls: { ca: authority.cert } })
    await expect(failing).rejects.toMatchObject({ name: 'ConnectError', code: 'ERR_WS_TLS', cause: { code } })
    await expect(failing).rejects.toThrow(said)
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'an RSA key of 1024 bits over %s, with rejectUnauthorized: false',
    async (maxVersion) => {
      const { cert, key } = make({ kind: 'RSA-1024' })
      const url = await serveTls({ cert, key, ...ANY, maxVersion })
      const failing = connect(url, { tls: { rejectUnauthorized: false } })
      await expect(failing).rejects.toMatchObject({ cause: { code: KEY } })
    },
  )

  test.each<Kind>(['RSA-1024', 'P-521', 'Ed448', 'RSA-PSS'])('a key of %s for the client', async (kind) => {
    const { cert, key } = make({ kind: kind === 'RSA-PSS' ? 'RSA-2048' : kind })
    const given = kind === 'RSA-PSS' ? make({ kind, issuer: regular }).key : key
    const failing = connect('wss://localhost:1', { tls: { cert, key: given } })
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_INVALID_OPTION' })
    await expect(failing).rejects.toThrow('option tls.key: rustls cannot use it')
  })
})

test.each([...new Set(CASES.map(([, , , , code]) => code))])('docs/api.md has %s', (code) => {
  const [, rows] = /### What rustls does not speak\n(.*?)\n##/s.exec(
    readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8'),
  ) as RegExpExecArray
  expect(rows).toContain(`\`${code}\``)
})
