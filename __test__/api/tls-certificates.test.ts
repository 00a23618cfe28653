// Certificates of many shapes: each is accepted or rejected, with the same code, as by Node's own TLS.

import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { describe, expect, test } from 'vitest'
import type { TlsOptions } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { type Certificate, der, make, oid, type Shape } from '../support/certificates.js'
import { serveTls } from '../support/tls-server.js'

/** Returns the code that Node rejects a server's certificate with, or `undefined` if it accepts it. */
function nodeResult(url: string, tls: ConnectionOptions): Promise<string | undefined> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connectTls({ host: hostname, port: Number(port), servername: hostname, ...tls })
    const settle = (code?: string) => {
      socket.destroy()
      resolve(code)
    }
    socket.on('secureConnect', () => settle())
    // Later versions of OpenSSL rename the codes of SSL 3.
    socket.on('error', ({ code }: NodeJS.ErrnoException) => settle(code?.replace('SSL/TLS_', 'SSLV3_')))
  })
}

const authority = make({ names: ['authority'], altNames: [], authority: true })
const stranger = make({ names: ['stranger'], altNames: [], authority: true })
const authorityV1 = make({ names: ['authority of version 1'], version: 1 })
const intermediate = make({ names: ['intermediate'], altNames: [], authority: true, issuer: authority })
const intermediateV1 = make({ names: ['intermediate of version 1'], version: 1, issuer: authority })
const notAuthority = make({ names: ['not an authority'], altNames: [], authority: false, issuer: authority })
const expiredIntermediate = make({
  names: ['expired'],
  altNames: [],
  authority: true,
  issuer: authority,
  from: -3,
  to: -2,
})
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

const intermediateOf = (names: string, issuer: Certificate, shape: Shape = {}) =>
  make({ names: [names], altNames: [], authority: true, issuer, ...shape })
const impostor = make({ names: ['authority'], altNames: [], authority: true })
const impostorsIntermediate = intermediateOf('intermediate', impostor)
const short = intermediateOf('short', authority, { pathLength: 0 })
const belowShort = intermediateOf('below', short)
const signsNothing = intermediateOf('signs nothing', authority, { extensions: [keyUsage(0x80)] })
const unknownCritical = intermediateOf('unknown critical extension', authority, {
  extensions: [['1.2.3.4', der(0x05), true]],
})

/** Certificates, the trusted authorities and the certificates that the server sends along. */
const CASES: [what: string, shape: Shape, ca: Certificate[], sent?: Certificate[]][] = [
  ['of version 1', { version: 1, issuer: authority }, [authority]],
  ['of version 1, RSA', { version: 1, issuer: authority, kind: 'RSA-2048' }, [authority]],
  ['of version 1, signed by an authority of version 1', { version: 1, issuer: authorityV1 }, [authorityV1]],
  ['of version 3, signed by an authority of version 1', { issuer: authorityV1 }, [authorityV1]],
  ['of version 1, signed by an untrusted authority', { version: 1, issuer: stranger }, [authority]],
  ['of version 1, signed by an impostor', { version: 1, issuer: impostor }, [authority]],
  [
    "of version 1, with an impostor's intermediate that did not sign it",
    { version: 1, issuer: intermediate },
    [authority],
    [impostorsIntermediate],
  ],
  [
    "of version 1, signed by an impostor's intermediate",
    { version: 1, issuer: impostorsIntermediate },
    [authority],
    [impostorsIntermediate],
  ],
  ['of version 1, in a chain within the path length', { version: 1, issuer: short }, [authority], [short]],
  [
    'of version 1, in a chain beyond the path length',
    { version: 1, issuer: belowShort },
    [authority],
    [belowShort, short],
  ],
  [
    'of version 3, in a chain beyond the path length',
    { issuer: belowShort },
    [authority],
    [belowShort, short],
  ],
  [
    'of version 1, with an intermediate that may not sign certificates',
    { version: 1, issuer: signsNothing },
    [authority],
    [signsNothing],
  ],
  [
    'of version 1, with an intermediate that has an unknown critical extension',
    { version: 1, issuer: unknownCritical },
    [authority],
    [unknownCritical],
  ],
  ['that is an authority, signed by an impostor', { authority: true, issuer: impostor }, [authority]],
  ['signed by an impostor', { issuer: impostor }, [authority]],
  ['of version 1, for another name', { version: 1, issuer: authority, names: ['elsewhere'] }, [authority]],
  ['of version 1, self-signed', { version: 1 }, [authority]],
  ['of version 1, expired', { version: 1, issuer: authority, from: -3, to: -2 }, [authority]],
  ['of version 1, not yet valid', { version: 1, issuer: authority, from: 2 }, [authority]],
  ['of version 1, with an intermediate', { version: 1, issuer: intermediate }, [authority], [intermediate]],
  ['of version 1, without its intermediate', { version: 1, issuer: intermediate }, [authority]],
  [
    'of version 1, with an intermediate of version 1',
    { version: 1, issuer: intermediateV1 },
    [authority],
    [intermediateV1],
  ],
  [
    'of version 1, with an intermediate that is not an authority',
    { version: 1, issuer: notAuthority },
    [authority],
    [notAuthority],
  ],
  [
    'of version 1, with an expired intermediate',
    { version: 1, issuer: expiredIntermediate },
    [authority],
    [expiredIntermediate],
  ],
  [
    'of version 1, with an intermediate that is not for servers',
    { version: 1, issuer: notForServers },
    [authority],
    [notForServers],
  ],
  [
    'of version 3, with an intermediate of version 1',
    { issuer: intermediateV1 },
    [authority],
    [intermediateV1],
  ],
  ['with only a common name', { altNames: [], issuer: authority }, [authority]],
  ['with two common names', { altNames: [], names: ['a.test', 'localhost'], issuer: authority }, [authority]],
  [
    'with only the common name of another host',
    { altNames: [], names: ['a.test'], issuer: authority },
    [authority],
  ],
  ['without any name', { altNames: [], names: [], issuer: authority }, [authority]],
  [
    'with a matching common name and the DNS name of another host',
    { altNames: ['a.test'], issuer: authority },
    [authority],
  ],
  [
    'with a matching common name and an IP address',
    { altNames: [], issuer: authority, extensions: [ipName(127, 0, 0, 1)] },
    [authority],
  ],
  ['with an empty subject and a DNS name', { names: [], issuer: authority }, [authority]],
  ['whose key may only sign certificates', { issuer: authority, extensions: [keyUsage(0x04)] }, [authority]],
  ['whose key may only sign data', { issuer: authority, extensions: [keyUsage(0x80)] }, [authority]],
  ['that is an authority', { authority: true, issuer: authority }, [authority]],
  [
    'that is an authority, with an intermediate',
    { authority: true, issuer: intermediate },
    [authority],
    [intermediate],
  ],
  ['that is an authority, signed by an untrusted one', { authority: true, issuer: stranger }, [authority]],
  [
    'that is an authority whose key may only sign certificates',
    { authority: true, issuer: authority, extensions: [keyUsage(0x06)] },
    [authority],
  ],
  [
    'that is an authority and for servers',
    { authority: true, issuer: authority, extensions: [keyUsage(0x86), purpose(SERVER)] },
    [authority],
  ],
  [
    'that is an authority and for clients',
    { authority: true, issuer: authority, extensions: [purpose(CLIENT)] },
    [authority],
  ],
  [
    'that is an authority, with an unknown critical extension',
    { authority: true, issuer: authority, extensions: [['1.2.3.4', der(0x05), true]] },
    [authority],
  ],
  ['that is an authority, self-signed', { authority: true }, [authority]],
  ['that is self-signed', {}, [authority]],
  ['of an unknown authority that the server sends along', { issuer: stranger }, [authority], [stranger]],
  ['of an unknown authority', { issuer: stranger }, [authority]],
  [
    'with an intermediate of an unknown authority',
    { issuer: make({ issuer: stranger, authority: true, names: ['x'] }) },
    [authority],
  ],
  [
    'with certificates of the chain in the wrong order',
    { issuer: intermediate },
    [authority],
    [stranger, authority, intermediate],
  ],
  ['for clients', { issuer: authority, extensions: [purpose(CLIENT)] }, [authority]],
  [
    'with an unknown critical extension',
    { issuer: authority, extensions: [['1.2.3.4', der(0x05), true]] },
    [authority],
  ],
  ['with overlong DER lengths', { long: true, issuer: authority }, [authority]],
  ['of version 1 with overlong DER lengths', { version: 1, long: true, issuer: authority }, [authority]],
  ['with two different signature algorithms', { innerHash: 'sha512', issuer: authority }, [authority]],
  [
    'of version 1 with two different signature algorithms',
    { version: 1, innerHash: 'sha512', issuer: authority },
    [authority],
  ],
  ['with a negative serial number', { serial: [0x80, 1], issuer: authority }, [authority]],
  ['with a long serial number', { serial: new Array(30).fill(1), issuer: authority }, [authority]],
]

const serve = (made: Certificate, sent: Certificate[] = [], options: object = {}) =>
  serveTls({ cert: [made, ...sent].map(({ cert }) => cert).join(''), key: made.key, ...options })

describe.each(apis)('$name', ({ connect }) => {
  const opens = async (url: string, tls: TlsOptions): Promise<string | undefined> => {
    try {
      const ws = await connect(url, { tls })
      await ws.close()
      return undefined
    } catch (error) {
      return (error as { cause?: { code?: string } }).cause?.code ?? String(error)
    }
  }

  test.each(CASES)('treats a certificate %s as Node does', async (_, shape, authorities, sent) => {
    const made = make(shape)
    const url = await serve(made, sent)
    const tls = { ca: authorities.map(({ cert }) => cert) }
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
      expect(await opens(url, { ...tls, maxVersion })).toBe(await nodeResult(url, { ...tls, maxVersion }))
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const node = await nodeResult(url, { rejectUnauthorized: false, maxVersion })
      expect(await opens(url, { rejectUnauthorized: false, maxVersion })).toBe(node)
    }
  })

  test.each<[what: string, shape: Shape]>([
    ['of version 1', { version: 1 }],
    ['of version 1, expired', { version: 1, from: -3, to: -2 }],
    ['of version 1, for another name', { version: 1, names: ['a.test'] }],
    ['with only a common name', { altNames: [] }],
    ['that is an authority', { authority: true }],
    ['for clients', { extensions: [purpose(CLIENT)] }],
  ])('treats a certificate %s that is given as ca as Node does', async (_, shape) => {
    const made = make(shape)
    const url = await serve(made)
    const tls = { ca: made.cert }
    expect(await opens(url, tls)).toBe(await nodeResult(url, tls))
  })

  test('rejects a chain with name constraints above a certificate of version 1', async () => {
    const constrained = make({
      names: ['constrained'],
      altNames: [],
      authority: true,
      issuer: authority,
      extensions: [['2.5.29.30', der(0x30, der(0xa0, der(0x30, der(0x82, Buffer.from('localhost'))))), true]],
    })
    const ca = authority.cert
    const regular = await serve(make({ issuer: constrained }), [constrained])
    expect(await opens(regular, { ca })).toBeUndefined()
    const failing = connect(await serve(make({ version: 1, issuer: constrained }), [constrained]), {
      tls: { ca },
    })
    await expect(failing).rejects.toThrow('name constraints')
    const given = connect(await serve(make({ version: 1, issuer: constrained })), {
      tls: { ca: constrained.cert },
    })
    await expect(given).rejects.toThrow('name constraints')
  })

  test('rejects quickly a server whose certificates form a maze of paths', async () => {
    // Every certificate signs every other one: there are 40^6 paths, none of which ends in a root.
    const maze = Array.from({ length: 40 }, () =>
      make({ names: ['intermediate'], altNames: [], authority: true, keyOf: intermediate }),
    )
    const url = await serve(make({ version: 1, issuer: intermediate }), maze)
    expect(await opens(url, { ca: stranger.cert })).toBe('SELF_SIGNED_CERT_IN_CHAIN')
  })

  test('explains the rejection in the error message', async () => {
    const ca = authority.cert
    for (const [shape, text] of [
      [
        { authority: true, issuer: stranger },
        'the certificate was sent without intermediates, and its issuer is not trusted',
      ],
      [{ authority: true }, 'self-signed'],
      [{ version: 1, names: ['a.test'], issuer: authority }, 'not valid for localhost: its names are a.test'],
      [{ issuer: authority, extensions: [purpose(CLIENT)] }, 'client authentication'],
    ] as [Shape, string][]) {
      await expect(connect(await serve(make(shape)), { tls: { ca } })).rejects.toThrow(text)
    }
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'sends a client certificate of version 1 over %s',
    async (maxVersion) => {
      const { cert, key } = make({ version: 1, names: ['a client of version 1'], issuer: authority })
      const server = make({ issuer: authority })
      const url = await serve(server, [], { requestCert: true, rejectUnauthorized: true, ca: authority.cert })
      const ws = await connect(url, { tls: { ca: authority.cert, cert, key, maxVersion } })
      expect(JSON.parse(String(await ws.recv()))).toMatchObject({ client: 'a client of version 1' })
      await ws.close()
    },
  )

  test.each([1, 3] as const)(
    'rejects a client certificate of version %d with the key of another one',
    async (version) => {
      const { cert } = make({ version })
      const failing = connect('wss://localhost:1', { tls: { cert, key: make().key } })
      await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_INVALID_OPTION' })
      await expect(failing).rejects.toThrow('option tls.cert: the certificate does not belong to the key')
    },
  )
})
