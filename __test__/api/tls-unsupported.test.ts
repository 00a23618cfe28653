// TLS features that Node's OpenSSL supports and rustls does not: the error names the feature. docs/api.md lists them.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { type Certificate, type KeyType, make, type Shape } from '../support/certificates.js'
import { serveTls } from '../support/tls-server.js'

const authorityOf = (kind: KeyType, hash?: string) =>
  make({ names: ['authority'], altNames: [], authority: true, kind, ...(hash ? { hash } : {}) })
const regular = authorityOf('P-256')

const HANDSHAKE = 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'
const KEY = 'ERR_SSL_EE_KEY_TOO_SMALL'
const UNKNOWN = 'UNSUPPORTED_SIGNATURE_ALGORITHM'

/** Options of Node's server: the security level that permits all keys and hashes. */
const ANY = { ciphers: 'DEFAULT@SECLEVEL=0' }
const only = (ciphers: string, more: object = {}) => ({
  ciphers: `${ciphers}@SECLEVEL=0`,
  maxVersion: 'TLSv1.2',
  ...more,
})

/** The server's certificate, authority and options, and the code and text of the client's error. */
const CASES: [
  what: string,
  shape: Shape,
  authority: Certificate,
  options: object,
  code: string,
  text: string,
][] = [
  ['an RSA key of 1024 bits', { kind: 'RSA-1024' }, regular, ANY, KEY, 'RSA key of 1024 bits'],
  [
    'an RSA key of 1024 bits over TLS 1.2',
    { kind: 'RSA-1024' },
    regular,
    { ...ANY, maxVersion: 'TLSv1.2' },
    KEY,
    'RSA key of 1024 bits',
  ],
  ['a P-521 key', { kind: 'P-521' }, regular, ANY, HANDSHAKE, 'key type in common'],
  ['an Ed448 key', { kind: 'Ed448' }, regular, ANY, HANDSHAKE, 'key type in common'],
  ['an RSASSA-PSS key', { kind: 'RSA-PSS' }, regular, ANY, HANDSHAKE, 'key type in common'],
  ['an authority with a P-521 key', {}, authorityOf('P-521'), ANY, 'ERR_SSL_UNKNOWN_PKEY_TYPE', 'P-521'],
  ['an authority with an Ed448 key', {}, authorityOf('Ed448'), ANY, 'ERR_SSL_UNKNOWN_PKEY_TYPE', 'Ed448'],
  [
    'an authority with an RSA key of 1024 bits',
    {},
    authorityOf('RSA-1024'),
    ANY,
    'ERR_SSL_CA_KEY_TOO_SMALL',
    'RSA key of 1024 bits',
  ],
  [
    'a SHA-512 signature by a P-256 key',
    { hash: 'sha512' },
    regular,
    ANY,
    UNKNOWN,
    'ECDSA with SHA-512 by a key of type P-256',
  ],
  [
    'a SHA-512 signature by a P-384 key',
    { hash: 'sha512' },
    authorityOf('P-384'),
    ANY,
    UNKNOWN,
    'SHA-512 by a key of type P-384',
  ],
  [
    'a SHA-1 signature by a P-256 key',
    { hash: 'sha1' },
    regular,
    ANY,
    'ERR_SSL_CA_MD_TOO_WEAK',
    'ECDSA with SHA-1',
  ],
  [
    'a SHA-1 signature by an RSA key',
    { hash: 'sha1' },
    authorityOf('RSA-2048'),
    ANY,
    'ERR_SSL_CA_MD_TOO_WEAK',
    'RSA with SHA-1',
  ],
  [
    'a SHA-512 signature by a P-256 key in a version 1 certificate',
    { version: 1, hash: 'sha512' },
    regular,
    ANY,
    UNKNOWN,
    'ECDSA with SHA-512',
  ],
  [
    'only a CBC cipher suite',
    { kind: 'RSA-2048' },
    regular,
    only('ECDHE-RSA-AES128-SHA256'),
    HANDSHAKE,
    'cipher suite',
  ],
  [
    'only a CBC cipher suite with SHA-1',
    {},
    regular,
    only('ECDHE-ECDSA-AES256-SHA'),
    HANDSHAKE,
    'cipher suite',
  ],
  ['only a CCM cipher suite', {}, regular, only('ECDHE-ECDSA-AES128-CCM'), HANDSHAKE, 'cipher suite'],
  [
    'only DHE key exchange',
    { kind: 'RSA-2048' },
    regular,
    only('DHE-RSA-AES128-GCM-SHA256', { dhparam: 'auto' }),
    HANDSHAKE,
    'key exchange',
  ],
  [
    'only RSA key exchange',
    { kind: 'RSA-2048' },
    regular,
    only('AES128-GCM-SHA256'),
    HANDSHAKE,
    'key exchange',
  ],
  ['only P-521 for the key exchange', {}, regular, { ecdhCurve: 'P-521' }, HANDSHAKE, 'key exchange'],
  ['only X448 for the key exchange', {}, regular, { ecdhCurve: 'X448' }, HANDSHAKE, 'key exchange'],
  [
    'only TLS 1.1',
    {},
    regular,
    { ...ANY, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
    'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    'none of the offered versions of TLS',
  ],
]

describe.each(apis)('$name', ({ connect, isBlocking }) => {
  test.each(CASES)(
    'names the unsupported feature of a server with %s',
    async (_, shape, authority, options, code, text) => {
      const { cert, key } = make({ ...shape, issuer: authority })
      const url = await serveTls({ cert, key, ...options })
      const failing = connect(url, { tls: { ca: authority.cert } })
      await expect(failing).rejects.toMatchObject({
        name: 'ConnectError',
        code: 'ERR_WS_TLS',
        cause: { code },
      })
      await expect(failing).rejects.toThrow(text)
    },
  )

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'rejects an RSA key of 1024 bits over %s even with rejectUnauthorized: false',
    async (maxVersion) => {
      const { cert, key } = make({ kind: 'RSA-1024' })
      const url = await serveTls({ cert, key, ...ANY, maxVersion })
      const failing = connect(url, { tls: { rejectUnauthorized: false } })
      await expect(failing).rejects.toMatchObject({ cause: { code: KEY } })
    },
  )

  test.each<KeyType>(['RSA-1024', 'P-521', 'Ed448', 'RSA-PSS'])(
    'has OpenSSL use a client key of type %s, or rejects it',
    async (kind) => {
      const { cert, key } = make({ kind: kind === 'RSA-PSS' ? 'RSA-2048' : kind })
      const given = kind === 'RSA-PSS' ? make({ kind, issuer: regular }).key : key
      const failing = connect('wss://localhost:1', { tls: { cert, key: given } })
      if (isBlocking) {
        await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_INVALID_OPTION' })
        await expect(failing).rejects.toThrow('option tls.key: rustls cannot use it')
      } else await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_CONNECT', phase: 'dial' })
    },
  )
})

test.each([...new Set(CASES.map(([, , , , code]) => code))])('docs/api.md lists %s', (code) => {
  const [, rows] = /### What rustls does not speak\n(.*?)\n##/s.exec(
    readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8'),
  ) as RegExpExecArray
  expect(rows).toContain(`\`${code}\``)
})
