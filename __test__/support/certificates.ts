// Builds certificates of any shape, among them malformed ones, which no library builds.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** Encodes an ASN.1 value in DER. */
export function der(tag: number, ...content: (Buffer | number[])[]): Buffer {
  const body = Buffer.concat(content.map((part) => Buffer.from(part)))
  const size = body.length
  if (size < 0x80) return Buffer.concat([Buffer.from([tag, size]), body])
  const digits = size < 0x100 ? [size] : [size >> 8, size & 0xff]
  return Buffer.concat([Buffer.from([tag, 0x80 | digits.length, ...digits]), body])
}

/** Encodes an object identifier. */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap((number) => {
    const digits = [number & 0x7f]
    for (let left = number >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80)
    return digits
  })
  return der(0x06, bytes)
}

const sequence = (...content: Buffer[]) => der(0x30, ...content)
const ecdsa = (hash: string) => oid(`1.2.840.10045.4.${{ sha1: '1', sha256: '3.2', sha512: '3.4' }[hash]}`)
const rsa = (hash: string) => oid(`1.2.840.113549.1.1.${{ sha1: 5, sha256: 11, sha512: 13 }[hash]}`)

/** Types of keys. */
export type KeyType = 'P-256' | 'P-384' | 'P-521' | 'RSA-1024' | 'RSA-2048' | 'RSA-PSS' | 'Ed25519' | 'Ed448'

function generate(kind: KeyType): KeyObject {
  const [family, size] = kind.split('-')
  if (family === 'P') return generateKeyPairSync('ec', { namedCurve: kind }).privateKey
  if (kind === 'RSA-PSS') return generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey
  if (family === 'RSA') return generateKeyPairSync('rsa', { modulusLength: Number(size) }).privateKey
  return kind === 'Ed448'
    ? generateKeyPairSync('ed448').privateKey
    : generateKeyPairSync('ed25519').privateKey
}

/** Returns the algorithm identifier of a signature by this key, and the hash to call `sign` with. */
function algorithm(key: KeyObject, hash: string): [Buffer, string | null] {
  switch (key.asymmetricKeyType) {
    case 'ec':
      return [sequence(ecdsa(hash)), hash]
    case 'rsa':
      return [sequence(rsa(hash), der(0x05)), hash]
    case 'ed25519':
      return [sequence(oid('1.3.101.112')), null]
    case 'ed448':
      return [sequence(oid('1.3.101.113')), null]
    default:
      throw new Error(`signatures by ${key.asymmetricKeyType} keys are not supported`)
  }
}

/** Describes a certificate. By default: version 3, for localhost, self-signed, valid now. */
export interface Shape {
  version?: 1 | 3
  serial?: number[]
  /** Common names. Default `['localhost']`. */
  names?: string[]
  /** DNS names of the subject alternative name. Default `['localhost']` for version 3. */
  altNames?: string[]
  issuer?: Certificate
  /** The CA flag of the basic constraints. If omitted, the certificate has no basic constraints. */
  authority?: boolean
  /** The path length constraint: how many authorities may follow. */
  pathLength?: number
  /** Further extensions: identifier, value, whether it is critical. */
  extensions?: [id: string, value: Buffer, critical?: boolean][]
  kind?: KeyType
  /** The certificate whose key is used. Default a new key. */
  keyOf?: Certificate
  hash?: string
  /** The hash that the signed part names, if it differs. */
  innerHash?: string
  /** Begin of the validity, in days from now. Default -1. */
  from?: number
  /** End of the validity, in days from now. Default 30. */
  to?: number
  /** Encodes the length of the signed part in more bytes than DER allows. */
  long?: boolean
}

/** A certificate and its private key, in PEM. */
export interface Certificate {
  cert: string
  key: string
  subject: Buffer
  privateKey: KeyObject
}

/** Encodes bytes in PEM. */
export function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/** Decodes PEM. */
export function unpem(text: string): Buffer {
  return Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64')
}

function time(days: number): Buffer {
  const text = new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\.\d+/g, '')
  return der(0x18, Buffer.from(text))
}

function extensionsOf({ altNames = ['localhost'], authority, pathLength, extensions = [] }: Shape): Buffer {
  const names = altNames.map((name) => der(0x82, Buffer.from(name)))
  const all: [string, Buffer, boolean?][] = [...extensions]
  if (names.length > 0) all.push(['2.5.29.17', sequence(...names)])
  const flag = authority ? [der(0x01, [0xff])] : []
  const most = pathLength === undefined ? [] : [der(0x02, [pathLength])]
  if (authority !== undefined) all.push(['2.5.29.19', sequence(...flag, ...most), true])
  const encoded = all.map(([id, value, critical]) =>
    sequence(oid(id), ...(critical ? [der(0x01, [0xff])] : []), der(0x04, value)),
  )
  return encoded.length === 0 ? Buffer.alloc(0) : der(0xa3, sequence(...encoded))
}

/** Builds and signs a certificate. */
export function make(shape: Shape = {}): Certificate {
  const { version = 3, serial = [1], names = ['localhost'], issuer, kind = 'P-256', hash = 'sha256' } = shape
  const privateKey = shape.keyOf?.privateKey ?? generate(kind)
  const publicKey = createPublicKey(privateKey)
  const subject = sequence(
    ...names.map((name) => der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(name))))),
  )
  const signer = issuer?.privateKey ?? privateKey
  const [signature, digest] = algorithm(signer, hash)
  const parts = [
    ...(version === 1 ? [] : [der(0xa0, der(0x02, [version - 1]))]),
    der(0x02, serial),
    algorithm(signer, shape.innerHash ?? hash)[0],
    issuer?.subject ?? subject,
    sequence(time(shape.from ?? -1), time(shape.to ?? 30)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(version === 1 ? [] : [extensionsOf(shape)]),
  ]
  const body = Buffer.concat(parts)
  const signed = shape.long
    ? Buffer.concat([Buffer.from([0x30, 0x84, 0, 0, body.length >> 8, body.length & 0xff]), body])
    : sequence(body)
  const whole = sequence(signed, signature, der(0x03, [0], sign(digest, signed, signer)))
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { cert: pem('CERTIFICATE', whole), key, subject, privateKey: createPrivateKey(key) }
}
