// PEM as programs and editors leave it: what OpenSSL, and so Node, reads is read.

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { der, make, oid, pem, unpem } from '../support/certificates.js'
import { serveTls } from '../support/tls-server.js'

const MARK = '\ufeff'
const authority = make({ names: ['authority'], altNames: [], authority: true })
const stranger = make({ names: ['stranger'], altNames: [], authority: true })
const server = make({ issuer: authority })
const client = make({ names: ['client'], altNames: [], issuer: authority })

const [SERVER, CLIENT] = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'].map(oid) as [Buffer, Buffer]

/** OpenSSL's form: notes behind the certificate, here of what it is trusted for and what not. */
function trusted(cert: string, ...notes: Buffer[]): string {
  const alias = der(0x0c, Buffer.from('an alias'))
  return pem('TRUSTED CERTIFICATE', Buffer.concat([unpem(cert), der(0x30, ...notes, alias)]))
}

/** Ways to write PEM down. */
const WAYS: [how: string, write: (text: string) => string | Buffer][] = [
  ['behind a byte order mark', (text) => MARK + text],
  ['behind the bytes of such a mark', (text) => Buffer.from(MARK + text)],
  ['with lines that end in CRLF', (text) => text.replaceAll('\n', '\r\n')],
  ['with CRLF and a mark', (text) => Buffer.from(MARK + text.replaceAll('\n', '\r\n'))],
  ['with text before and after', (text) => `subject=CN = Größe\nissuer: x\n\n${text}more of it\n`],
  ['with blanks at the ends of lines', (text) => text.replaceAll('\n', ' \t\n')],
  ['without a line end at the end', (text) => text.trim()],
  ['in one line', (text) => text.replace(/(?<=[^-])\n(?=[^-])/g, '')],
]

/** The same for certificates alone. */
const CERTIFICATES: [how: string, write: (text: string) => string | Buffer][] = [
  ...WAYS,
  ['as X509 CERTIFICATE', (text) => text.replaceAll('CERTIFICATE', 'X509 CERTIFICATE')],
  ['as TRUSTED CERTIFICATE', (text) => trusted(text)],
  [
    'as TRUSTED CERTIFICATE behind a mark, with CRLF',
    (text) => MARK + trusted(text).replaceAll('\n', '\r\n'),
  ],
  ['trusted for servers', (text) => trusted(text, der(0x30, CLIENT, SERVER))],
  ['rejected for clients', (text) => trusted(text, der(0xa0, CLIENT))],
  ['with notes under the plain name', (text) => trusted(text).replaceAll('TRUSTED ', '')],
  [
    'beside a key and parameters',
    (text) =>
      `${client.key}-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${text}`,
  ],
]

describe.each(apis)('$name', ({ connect }) => {
  test.each(CERTIFICATES)('ca is read %s', async (_, write) => {
    const ws = await connect(await serveTls(server), { tls: { ca: write(authority.cert) } })
    await ws.close()
  })

  test.each<[how: string, ca: string | string[]]>([
    ['behind another one', `${MARK}${stranger.cert}${MARK}${authority.cert}`],
    ['behind another one in CRLF', [stranger.cert, `${MARK}${authority.cert}`.replaceAll('\n', '\r\n')]],
  ])('ca is read %s, each behind a mark', async (_, ca) => {
    const ws = await connect(await serveTls(server), { tls: { ca } })
    await ws.close()
  })

  test.each(CERTIFICATES)('cert is read %s', async (_, write) => {
    const url = await serveTls({ ...server, requestCert: true, rejectUnauthorized: true, ca: authority.cert })
    const tls = { ca: authority.cert, cert: write(client.cert), key: client.key }
    const ws = await connect(url, { tls })
    expect(JSON.parse(String(await ws.recv()))).toMatchObject({ client: 'client' })
    await ws.close()
  })

  test.each(WAYS)('key is read %s', async (_, write) => {
    const url = await serveTls({ ...server, requestCert: true, rejectUnauthorized: true, ca: authority.cert })
    const tls = { ca: authority.cert, cert: client.cert, key: write(client.key) }
    const ws = await connect(url, { tls })
    expect(JSON.parse(String(await ws.recv()))).toMatchObject({ client: 'client' })
    await ws.close()
  })

  test.each([
    ['trusted for clients alone', trusted(authority.cert, der(0x30, CLIENT))],
    ['rejected for servers', trusted(authority.cert, der(0xa0, SERVER))],
  ])('an authority %s is not trusted', async (_, ca) => {
    const url = await serveTls(server)
    await expect(connect(url, { tls: { ca } })).rejects.toThrow(
      'tls.ca: its certificates are marked as not trusted',
    )
  })
})
