/** The option `tls`: names and meanings are those of Node's `tls.connect`, where rustls can honour them. */

import { invalid } from '../errors/invalid.js'
import type { TlsRequest } from '../native/binding.js'
import { crypto } from '../node/builtin.js'
import { nodeFlags } from '../node/flags.js'
import { checkNames, toFlag, toText, wrong } from './checks.js'

/** PEM, as Node takes it. */
type Pem = string | Buffer

/** Versions of TLS that can be asked for. */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

/** TLS options, with the names of Node's `tls.connect`. Connections with equal options resume sessions. */
export interface TlsOptions {
  /**
   * Trusted roots in PEM, instead of those Node trusts (its own, `NODE_EXTRA_CA_CERTS`, `--use-system-ca`); or the
   * server's own certificate, which is then trusted for its names as long as it is valid.
   */
  ca?: Pem | Pem[]
  /**
   * `false` accepts any certificate; its owner still has to prove the key. Default `true`, or `false` if
   * `NODE_TLS_REJECT_UNAUTHORIZED` is `0`, of which Node's warning is given.
   */
  rejectUnauthorized?: boolean
  /** The client's certificate in PEM, and those between it and an authority of the server's. Needs `key`. */
  cert?: Pem | Pem[]
  /** Its private key in PEM. */
  key?: Pem
  /** What the key is encrypted with. */
  passphrase?: string
  /**
   * The name to ask for (SNI, RFC 6066 section 3) and to find in the certificate. Default: the host of the URL.
   * An empty string asks for none.
   */
  servername?: string
  /** Lowest version of TLS. Default `'TLSv1.2'`. */
  minVersion?: TlsVersion
  /** Highest version of TLS. Default `'TLSv1.3'`. */
  maxVersion?: TlsVersion
  /**
   * Protocols to offer (RFC 7301). Default `['http/1.1']`; an empty list offers none. A server that chooses
   * another one is refused, as WebSocket is spoken over HTTP/1.1.
   */
  ALPNProtocols?: string[]
}

const KNOWN = new Set([
  ...['ca', 'rejectUnauthorized', 'cert', 'key', 'passphrase', 'servername'],
  ...['minVersion', 'maxVersion', 'ALPNProtocols'],
])

/** Options of Node's that rustls, or a WebSocket, has nothing for. */
const REFUSED = new Set([
  ...['pfx', 'ciphers', 'ecdhCurve', 'sigalgs', 'crl', 'dhparam', 'secureOptions', 'secureProtocol'],
  ...['secureContext', 'session', 'checkServerIdentity', 'requestOCSP', 'minDHSize', 'pskCallback'],
  ...[
    'allowPartialTrustChain',
    'enableTrace',
    'honorCipherOrder',
    'privateKeyEngine',
    'privateKeyIdentifier',
  ],
])

function toPem(name: string, value: unknown): string[] | undefined {
  if (value === undefined) return undefined
  return (Array.isArray(value) ? value : [value]).map((item: unknown) => {
    if (typeof item === 'string') return item
    if (Buffer.isBuffer(item)) return item.toString('latin1')
    throw wrong(name, 'PEM in a string or a Buffer', item)
  })
}

/** A key in PEM that needs no passphrase; Node's OpenSSL reads all encrypted forms there are. */
function decrypt(name: string, key: string, passphrase: string | undefined): string {
  if (passphrase === undefined && !key.includes('ENCRYPTED')) return key
  try {
    const read = crypto().createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) })
    return read.export({ type: 'pkcs8', format: 'pem' }).toString()
  } catch (error) {
    const hint =
      passphrase === undefined ? 'is encrypted, and there is no passphrase' : (error as Error).message
    const options = passphrase === undefined ? `${name}.key` : `${name}.key, with ${name}.passphrase,`
    throw invalid('ERR_WS_INVALID_OPTION', `option ${options} cannot be read: ${hint}`)
  }
}

function toIdentity(name: string, tls: TlsOptions): Pick<TlsRequest, 'cert' | 'key'> {
  const cert = toPem(`${name}.cert`, tls.cert)?.join('\n')
  const [key, ...more] = toPem(`${name}.key`, tls.key) ?? []
  const passphrase = toText(`${name}.passphrase`, tls.passphrase)
  if (more.length > 0) throw wrong(`${name}.key`, 'one key', tls.key)
  if (cert !== undefined && key === undefined)
    throw invalid('ERR_WS_INVALID_OPTION', `option ${name}.cert needs ${name}.key`)
  if (key === undefined) {
    if (passphrase === undefined) return {}
    throw invalid('ERR_WS_INVALID_OPTION', `option ${name}.passphrase needs ${name}.key`)
  }
  if (cert === undefined) throw invalid('ERR_WS_INVALID_OPTION', `option ${name}.key needs ${name}.cert`)
  return { cert, key: decrypt(name, key, passphrase) }
}

function toVersion(name: string, value: unknown, fallback: TlsVersion): TlsVersion {
  if (value === undefined) return fallback
  if (value === 'TLSv1.2' || value === 'TLSv1.3') return value
  if (value === 'TLSv1' || value === 'TLSv1.1')
    throw invalid(
      'ERR_WS_UNSUPPORTED_OPTION',
      `option ${name} cannot be ${value}: rustls begins with TLSv1.2`,
    )
  throw wrong(name, "'TLSv1.2' or 'TLSv1.3'", value)
}

function toProtocols(name: string, value: unknown): string[] {
  if (value === undefined) return ['http/1.1']
  const fits = (item: unknown) => typeof item === 'string' && item.length > 0 && Buffer.byteLength(item) < 256
  if (!Array.isArray(value) || !value.every(fits))
    throw wrong(`${name}.ALPNProtocols`, 'an array of strings of 1 to 255 bytes', value)
  return value
}

/** Where secrets are to be written: what `node --tls-keylog` and other programs' variable say. */
function keyLogFile(): string | undefined {
  const flags = nodeFlags()
  const at = flags.findIndex((flag) => /^--tls-keylog(=|$)/.test(flag))
  const [, given] = /^--tls-keylog=(.+)$/.exec(flags[at] ?? '') ?? []
  return given ?? (at < 0 ? undefined : flags[at + 1]) ?? (process.env.SSLKEYLOGFILE || undefined)
}

/** Checks the option `tls`, or another one of its kind. */
export function toTls(name: string, value: TlsOptions | undefined): TlsRequest {
  const tls = value === undefined ? {} : value
  if (typeof tls !== 'object' || tls === null || Array.isArray(tls)) throw wrong(name, 'an object', tls)
  checkNames(tls, KNOWN, REFUSED, `${name}.`)
  const minVersion = toVersion(`${name}.minVersion`, tls.minVersion, 'TLSv1.2')
  const maxVersion = toVersion(`${name}.maxVersion`, tls.maxVersion, 'TLSv1.3')
  if (minVersion > maxVersion)
    throw invalid('ERR_WS_INVALID_OPTION', `option ${name}.minVersion is above ${name}.maxVersion`)
  return {
    ca: toPem(`${name}.ca`, tls.ca),
    rejectUnauthorized: toFlag(
      `${name}.rejectUnauthorized`,
      tls.rejectUnauthorized,
      process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0',
    ),
    ...toIdentity(name, tls),
    servername: toText(`${name}.servername`, tls.servername),
    tls12: minVersion === 'TLSv1.2',
    tls13: maxVersion === 'TLSv1.3',
    alpn: toProtocols(name, tls.ALPNProtocols),
    keyLog: keyLogFile(),
  }
}
