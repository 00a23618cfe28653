// Variants of PEM that programs and editors write: every variant that OpenSSL, and therefore Node, reads is accepted.

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { der, make, oid, pem, unpem } from '../support/certificates.js'
import { serveTls } from '../support/tls-server.js'

const BOM = '\ufeff'
const authority = make({ names: ['authority'], altNames: [], authority: true })
const stranger = make({ names: ['stranger'], altNames: [], authority: true })
const server = make({ issuer: authority })
const client = make({ names: ['client'], altNames: [], issuer: authority })

const [SERVER, CLIENT] = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'].map(oid) as [Buffer, Buffer]

/** Returns a certificate in OpenSSL's trusted form: it is followed by the purposes it is trusted or rejected for. */
function trusted(cert: string, ...purposes: Buffer[]): string {
  const alias = der(0x0c, Buffer.from('an alias'))
  return pem('TRUSTED CERTIFICATE', Buffer.concat([unpem(cert), der(0x30, ...purposes, alias)]))
}

/** Variants of PEM. */
const VARIANTS: [how: string, write: (text: string) => string | Buffer][] = [
  ['after a byte order mark', (text) => BOM + text],
  ['in a Buffer after a byte order mark', (text) => Buffer.from(BOM + text)],
  ['with lines that end in CRLF', (text) => text.replaceAll('\n', '\r\n')],
  ['with CRLF after a byte order mark', (text) => Buffer.from(BOM + text.replaceAll('\n', '\r\n'))],
  ['with text before and after', (text) => `subject=CN = Größe\nissuer: x\n\n${text}more of it\n`],
  ['with trailing whitespace in lines', (text) => text.replaceAll('\n', ' \t\n')],
  ['without a final line end', (text) => text.trim()],
  ['with the base64 in one line', (text) => text.replace(/(?<=[^-])\n(?=[^-])/g, '')],
]

/** Variants of certificates. */
const CERTIFICATES: [how: string, write: (text: string) => string | Buffer][] = [
  ...VARIANTS,
  ['as X509 CERTIFICATE', (text) => text.replaceAll('CERTIFICATE', 'X509 CERTIFICATE')],
  ['as TRUSTED CERTIFICATE', (text) => trusted(text)],
  [
    'as TRUSTED CERTIFICATE after a byte order mark, with CRLF',
    (text) => BOM + trusted(text).replaceAll('\n', '\r\n'),
  ],
  ['trusted for servers', (text) => trusted(text, der(0x30, CLIENT, SERVER))],
  ['rejected for clients', (text) => trusted(text, der(0xa0, CLIENT))],
  ["as CERTIFICATE with OpenSSL's purposes", (text) => trusted(text).replaceAll('TRUSTED ', '')],
  [
    'after a key and parameters',
    (text) =>
      `${client.key}-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${text}`,
  ],
]

describe.each(apis)('$name', ({ connect }) => {
  test.each(CERTIFICATES)('accepts ca %s', async (_, write) => {
    const ws = await connect(await serveTls(server), { tls: { ca: write(authority.cert) } })
    await ws.close()
  })

  test.each<[how: string, ca: string | string[]]>([
    ['after another certificate', `${BOM}${stranger.cert}${BOM}${authority.cert}`],
    [
      'after another certificate, with CRLF',
      [stranger.cert, `${BOM}${authority.cert}`.replaceAll('\n', '\r\n')],
    ],
  ])('accepts ca %s, with a byte order mark', async (_, ca) => {
    const ws = await connect(await serveTls(server), { tls: { ca } })
    await ws.close()
  })

  test.each(CERTIFICATES)('accepts cert %s', async (_, write) => {
    const url = await serveTls({ ...server, requestCert: true, rejectUnauthorized: true, ca: authority.cert })
    const tls = { ca: authority.cert, cert: write(client.cert), key: client.key }
    const ws = await connect(url, { tls })
    expect(JSON.parse(String(await ws.recv()))).toMatchObject({ client: 'client' })
    await ws.close()
  })

  test.each(VARIANTS)('accepts key %s', async (_, write) => {
    const url = await serveTls({ ...server, requestCert: true, rejectUnauthorized: true, ca: authority.cert })
    const tls = { ca: authority.cert, cert: client.cert, key: write(client.key) }
    const ws = await connect(url, { tls })
    expect(JSON.parse(String(await ws.recv()))).toMatchObject({ client: 'client' })
    await ws.close()
  })

  test.each([
    ['trusted for clients only', trusted(authority.cert, der(0x30, CLIENT))],
    ['rejected for servers', trusted(authority.cert, der(0xa0, SERVER))],
  ])('does not trust an authority %s', async (_, ca) => {
    const url = await serveTls(server)
    await expect(connect(url, { tls: { ca } })).rejects.toThrow(
      'tls.ca: its certificates are marked as not trusted',
    )
  })
})
