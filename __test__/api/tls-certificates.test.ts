// Certificates of all shapes: each is taken or refused as Node's own TLS does it, with Node's code.

import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { describe, expect, test } from 'vitest'
import type { TlsOptions } from 'websocket-rs'
import { der, type Made, make, oid, type Shape } from '../support/certificates.js'
import { faces } from '../support/faces.js'
import { serveTls } from '../support/tls-server.js'

/** What Node says of a server: its code, or nothing. */
function nodeSays(url: string, tls: ConnectionOptions): Promise<string | undefined> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connectTls({ host: hostname, port: Number(port), servername: hostname, ...tls })
    const settle = (code?: string) => {
      socket.destroy()
      resolve(code)
    }
    socket.on('secureConnect', () => settle())
    // Newer OpenSSLs call those of SSL 3 differently.
    socket.on('error', ({ code }: NodeJS.ErrnoException) => settle(code?.replace('SSL/TLS_', 'SSLV3_')))
  })
}

const authority = make({ names: ['authority'], altNames: [], authority: true })
const stranger = make({ names: ['stranger'], altNames: [], authority: true })
const old = make({ names: ['old authority'], version: 1 })
const middle = make({ names: ['middle'], altNames: [], authority: true, issuer: authority })
const oldMiddle = make({ names: ['old middle'], version: 1, issuer: authority })
const noMiddle = make({ names: ['no authority'], altNames: [], authority: false, issuer: authority })
const late = make({ names: ['late'], altNames: [], authority: true, issuer: authority, from: -3, to: -2 })
const keyUsage = (bits: number): [string, Buffer, boolean] => ['2.5.29.15', der(0x03, [0, bits]), true]
const purpose = (id: string): [string, Buffer] => ['2.5.29.37', der(0x30, oid(id))]
const CLIENT = '1.3.6.1.5.5.7.3.2'
const SERVER = '1.3.6.1.5.5.7.3.1'
const notForServers = make({
  names: ['not for servers'],
  altNames: [],
  authority: true,
  issuer: authority,
  extensions: [purpose(CLIENT)],
})
const ipName = (...bytes: number[]): [string, Buffer] => ['2.5.29.17', der(0x30, der(0x87, bytes))]

const authorityBelow = (names: string, issuer: Made, shape: Shape = {}) =>
  make({ names: [names], altNames: [], authority: true, issuer, ...shape })
const impostor = make({ names: ['authority'], altNames: [], authority: true })
const impostorsMiddle = authorityBelow('middle', impostor)
const short = authorityBelow('short', authority, { pathLength: 0 })
const belowShort = authorityBelow('below', short)
const signsNothing = authorityBelow('signs nothing', authority, { extensions: [keyUsage(0x80)] })
const odd = authorityBelow('odd', authority, { extensions: [['1.2.3.4', der(0x05), true]] })

/** Certificates, what is sent with them, and whether Node takes them with `ca`. */
const CASES: [what: string, shape: Shape, ca: Made[], sent?: Made[]][] = [
  ['of version 1', { version: 1, issuer: authority }, [authority]],
  ['of version 1, RSA', { version: 1, issuer: authority, kind: 'RSA-2048' }, [authority]],
  ['of version 1, by an authority of version 1', { version: 1, issuer: old }, [old]],
  ['of version 3, by an authority of version 1', { issuer: old }, [old]],
  ['of version 1, by another authority', { version: 1, issuer: stranger }, [authority]],
  ['of version 1, by an impostor', { version: 1, issuer: impostor }, [authority]],
  [
    'of version 1, with one between by an impostor',
    { version: 1, issuer: middle },
    [authority],
    [impostorsMiddle],
  ],
  [
    'of version 1, with one between of an impostor',
    { version: 1, issuer: impostorsMiddle },
    [authority],
    [impostorsMiddle],
  ],
  ['of version 1, in a chain of the right length', { version: 1, issuer: short }, [authority], [short]],
  [
    'of version 1, in a chain that is too long',
    { version: 1, issuer: belowShort },
    [authority],
    [belowShort, short],
  ],
  ['of version 3, in a chain that is too long', { issuer: belowShort }, [authority], [belowShort, short]],
  [
    'of version 1, with one between that may not sign',
    { version: 1, issuer: signsNothing },
    [authority],
    [signsNothing],
  ],
  ['of version 1, with one between that is odd', { version: 1, issuer: odd }, [authority], [odd]],
  ['that may sign others, by an impostor', { authority: true, issuer: impostor }, [authority]],
  ['by an impostor', { issuer: impostor }, [authority]],
  ['of version 1, and another name', { version: 1, issuer: authority, names: ['elsewhere'] }, [authority]],
  ['of version 1, by itself', { version: 1 }, [authority]],
  ['of version 1, over', { version: 1, issuer: authority, from: -3, to: -2 }, [authority]],
  ['of version 1, not yet valid', { version: 1, issuer: authority, from: 2 }, [authority]],
  ['of version 1, with one between', { version: 1, issuer: middle }, [authority], [middle]],
  ['of version 1, with one between that is missing', { version: 1, issuer: middle }, [authority]],
  [
    'of version 1, with one between of version 1',
    { version: 1, issuer: oldMiddle },
    [authority],
    [oldMiddle],
  ],
  [
    'of version 1, with one between of no authority',
    { version: 1, issuer: noMiddle },
    [authority],
    [noMiddle],
  ],
  ['of version 1, with one between that is over', { version: 1, issuer: late }, [authority], [late]],
  [
    'of version 1, with one between that is not for servers',
    { version: 1, issuer: notForServers },
    [authority],
    [notForServers],
  ],
  ['of version 3, with one between of version 1', { issuer: oldMiddle }, [authority], [oldMiddle]],
  ['with a common name alone', { altNames: [], issuer: authority }, [authority]],
  ['with two common names', { altNames: [], names: ['a.test', 'localhost'], issuer: authority }, [authority]],
  ['with another common name alone', { altNames: [], names: ['a.test'], issuer: authority }, [authority]],
  ['with no name at all', { altNames: [], names: [], issuer: authority }, [authority]],
  ['with a common name beside another DNS name', { altNames: ['a.test'], issuer: authority }, [authority]],
  [
    'with a common name beside an address',
    { altNames: [], issuer: authority, extensions: [ipName(127, 0, 0, 1)] },
    [authority],
  ],
  ['that is empty but for the DNS name', { names: [], issuer: authority }, [authority]],
  ['whose key may only sign certificates', { issuer: authority, extensions: [keyUsage(0x04)] }, [authority]],
  ['whose key may only sign', { issuer: authority, extensions: [keyUsage(0x80)] }, [authority]],
  ['that may sign others', { authority: true, issuer: authority }, [authority]],
  ['that may sign others, with one between', { authority: true, issuer: middle }, [authority], [middle]],
  ['that may sign others, by another authority', { authority: true, issuer: stranger }, [authority]],
  [
    'that may sign others and nothing else',
    { authority: true, issuer: authority, extensions: [keyUsage(0x06)] },
    [authority],
  ],
  [
    'that may sign others and is for servers',
    { authority: true, issuer: authority, extensions: [keyUsage(0x86), purpose(SERVER)] },
    [authority],
  ],
  [
    'that may sign others and is for clients',
    { authority: true, issuer: authority, extensions: [purpose(CLIENT)] },
    [authority],
  ],
  [
    'that may sign others, with something critical that is unknown',
    { authority: true, issuer: authority, extensions: [['1.2.3.4', der(0x05), true]] },
    [authority],
  ],
  ['that may sign others, by itself', { authority: true }, [authority]],
  ['by itself', {}, [authority]],
  ['of an unknown authority that comes along', { issuer: stranger }, [authority], [stranger]],
  ['of an unknown authority', { issuer: stranger }, [authority]],
  [
    'with one between of an unknown authority',
    { issuer: make({ issuer: stranger, authority: true, names: ['x'] }) },
    [authority],
  ],
  ['with those between in an odd order', { issuer: middle }, [authority], [stranger, authority, middle]],
  ['for clients', { issuer: authority, extensions: [purpose(CLIENT)] }, [authority]],
  [
    'with something critical that is unknown',
    { issuer: authority, extensions: [['1.2.3.4', der(0x05), true]] },
    [authority],
  ],
  ['with lengths that are too long', { long: true, issuer: authority }, [authority]],
  ['of version 1 with lengths that are too long', { version: 1, long: true, issuer: authority }, [authority]],
  ['with two signature algorithms', { innerHash: 'sha512', issuer: authority }, [authority]],
  [
    'of version 1 with two signature algorithms',
    { version: 1, innerHash: 'sha512', issuer: authority },
    [authority],
  ],
  ['with a negative serial number', { serial: [0x80, 1], issuer: authority }, [authority]],
  ['with a long serial number', { serial: new Array(30).fill(1), issuer: authority }, [authority]],
]

const serve = (made: Made, sent: Made[] = [], options: object = {}) =>
  serveTls({ cert: [made, ...sent].map(({ cert }) => cert).join(''), key: made.key, ...options })

describe.each(faces)('$name', ({ connect }) => {
  const opens = async (url: string, tls: TlsOptions): Promise<string | undefined> => {
    try {
      const ws = await connect(url, { tls })
      await ws.close()
      return undefined
    } catch (error) {
      return (error as { cause?: { code?: string } }).cause?.code ?? String(error)
    }
  }

  test.each(CASES)('a certificate %s is judged as Node does it', async (_, shape, authorities, sent) => {
    const made = make(shape)
    const url = await serve(made, sent)
    const tls = { ca: authorities.map(({ cert }) => cert) }
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
      expect(await opens(url, { ...tls, maxVersion })).toBe(await nodeSays(url, { ...tls, maxVersion }))
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const node = await nodeSays(url, { rejectUnauthorized: false, maxVersion })
      expect(await opens(url, { rejectUnauthorized: false, maxVersion })).toBe(node)
    }
  })

  test.each<[what: string, shape: Shape]>([
    ['of version 1', { version: 1 }],
    ['of version 1, and over', { version: 1, from: -3, to: -2 }],
    ['of version 1, for another name', { version: 1, names: ['a.test'] }],
    ['with a common name alone', { altNames: [] }],
    ['that may sign others', { authority: true }],
    ['for clients', { extensions: [purpose(CLIENT)] }],
  ])('a certificate %s is judged as Node does it if it is given as ca itself', async (_, shape) => {
    const made = make(shape)
    const url = await serve(made)
    const tls = { ca: made.cert }
    expect(await opens(url, tls)).toBe(await nodeSays(url, tls))
  })

  test('a chain with name constraints is refused above a certificate of version 1', async () => {
    const narrow = make({
      names: ['narrow'],
      altNames: [],
      authority: true,
      issuer: authority,
      extensions: [['2.5.29.30', der(0x30, der(0xa0, der(0x30, der(0x82, Buffer.from('localhost'))))), true]],
    })
    const ca = authority.cert
    const regular = await serve(make({ issuer: narrow }), [narrow])
    expect(await opens(regular, { ca })).toBeUndefined()
    const failing = connect(await serve(make({ version: 1, issuer: narrow }), [narrow]), { tls: { ca } })
    await expect(failing).rejects.toThrow('name constraints')
    const given = connect(await serve(make({ version: 1, issuer: narrow })), { tls: { ca: narrow.cert } })
    await expect(given).rejects.toThrow('name constraints')
  })

  test('a server that sends a maze of certificates is refused soon', async () => {
    // Each is signed by each, so that there are 40^6 ways, none of which leads to a root.
    const maze = Array.from({ length: 40 }, () =>
      make({ names: ['middle'], altNames: [], authority: true, keyOf: middle }),
    )
    const url = await serve(make({ version: 1, issuer: middle }), maze)
    expect(await opens(url, { ca: stranger.cert })).toBe('SELF_SIGNED_CERT_IN_CHAIN')
  })

  test('what is said of a certificate is so', async () => {
    const ca = authority.cert
    for (const [shape, said] of [
      [
        { authority: true, issuer: stranger },
        'the certificate was sent without intermediates, and its issuer is not trusted',
      ],
      [{ authority: true }, 'signed by itself'],
      [{ version: 1, names: ['a.test'], issuer: authority }, 'not valid for localhost: its names are a.test'],
      [{ issuer: authority, extensions: [purpose(CLIENT)] }, 'client authentication'],
    ] as [Shape, string][]) {
      await expect(connect(await serve(make(shape)), { tls: { ca } })).rejects.toThrow(said)
    }
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'the client shows a certificate of version 1 over %s',
    async (maxVersion) => {
      const { cert, key } = make({ version: 1, names: ['an old client'], issuer: authority })
      const server = make({ issuer: authority })
      const url = await serve(server, [], { requestCert: true, rejectUnauthorized: true, ca: authority.cert })
      const ws = await connect(url, { tls: { ca: authority.cert, cert, key, maxVersion } })
      expect(JSON.parse(String(await ws.recv()))).toMatchObject({ client: 'an old client' })
      await ws.close()
    },
  )

  test.each([1, 3] as const)('a certificate of version %d with another key is a mistake', async (version) => {
    const { cert } = make({ version })
    const failing = connect('wss://localhost:1', { tls: { cert, key: make().key } })
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_INVALID_OPTION' })
    await expect(failing).rejects.toThrow('option tls.cert: the certificate does not belong to the key')
  })
})
