/** The options `tls` and `proxyTls`, with the names and meanings of Node's `tls.connect` as far as rustls supports them. */

import type { ConnectionOptions } from 'node:tls'
import { invalid } from '../errors/invalid.js'
import type { TlsRequest } from '../native/binding.js'
import { crypto } from '../node/builtin.js'
import { nodeFlags } from '../node/flags.js'
import { toFlag, wrong } from './checks.js'
import { checkNames, checkObject, type OptionRecords, option, reader, text } from './records.js'

/** PEM, in the types that Node accepts. */
type Pem = string | Buffer

/** TLS versions. */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

/** TLS options, with the names of Node's `tls.connect`. Connections with equal options resume TLS sessions. */
export interface TlsOptions extends NodeTlsOptions {
  /**
   * Trusted roots in PEM, instead of those that Node trusts (its own, `NODE_EXTRA_CA_CERTS`, `--use-system-ca`); or the
   * server's own certificate, which is then trusted for its names while it is valid.
   */
  ca?: Pem | Pem[] | undefined
  /**
   * `false` accepts any certificate; the server still has to prove that it has the key. Default `true`, or `false` if
   * `NODE_TLS_REJECT_UNAUTHORIZED` is `0`, which emits Node's warning.
   */
  rejectUnauthorized?: boolean | undefined
  /** The client's certificate in PEM, followed by intermediate certificates. Needs `key`. */
  cert?: Pem | Pem[] | undefined
  /** The private key of `cert` in PEM. */
  key?: Pem | undefined
  /** The passphrase of an encrypted `key`. */
  passphrase?: string | undefined
  /**
   * The name to request (SNI, RFC 6066 section 3) and to find in the certificate. Default: the host of the URL.
   * An empty string requests none.
   */
  servername?: string | undefined
  /** Lowest TLS version. Default `'TLSv1.2'`. */
  minVersion?: TlsVersion | undefined
  /** Highest TLS version. Default `'TLSv1.3'`. */
  maxVersion?: TlsVersion | undefined
  /**
   * Protocols to offer (ALPN, RFC 7301). Default `['http/1.1']`; an empty list offers none. A server that chooses
   * another one is refused, because WebSocket needs HTTP/1.1.
   */
  ALPNProtocols?: string[] | undefined
}

/** Options that only Node's `tls.connect` has, with its types. */
export interface NodeTlsOptions
  extends Pick<
    ConnectionOptions,
    | 'pfx'
    | 'ciphers'
    | 'ecdhCurve'
    | 'sigalgs'
    | 'crl'
    | 'dhparam'
    | 'secureOptions'
    | 'secureProtocol'
    | 'secureContext'
    | 'session'
    | 'checkServerIdentity'
    | 'minDHSize'
    | 'pskCallback'
    | 'honorCipherOrder'
    | 'enableTrace'
    | 'privateKeyEngine'
    | 'privateKeyIdentifier'
  > {
  allowPartialTrustChain?: boolean | undefined
}

/** Options of `tls.connect` that rustls does not have. Node checks and uses them: they choose the socket driver. */
export const NODE_TLS_OPTIONS = [
  ...['pfx', 'ciphers', 'ecdhCurve', 'sigalgs', 'crl', 'dhparam', 'secureOptions', 'secureProtocol'],
  ...['secureContext', 'session', 'checkServerIdentity', 'minDHSize', 'pskCallback'],
  ...[
    'allowPartialTrustChain',
    'honorCipherOrder',
    'enableTrace',
    'privateKeyEngine',
    'privateKeyIdentifier',
  ],
] as const satisfies readonly (keyof NodeTlsOptions)[]

/** Options that need what `connect` does not offer: an event of the socket. */
const REFUSED = new Set(['requestOCSP'])

function toPem(name: string, value: unknown): string[] | undefined {
  if (value === undefined) return undefined
  return (Array.isArray(value) ? value : [value]).map((item: unknown) => {
    if (typeof item === 'string') return item
    if (Buffer.isBuffer(item)) return item.toString('latin1')
    throw wrong(name, 'PEM in a string or a Buffer', item)
  })
}

/** Returns a key in PEM that is not encrypted. Node's OpenSSL reads all encrypted forms. */
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

function toIdentity(name: string, read: Read): Pick<TlsRequest, 'cert' | 'key'> {
  const cert = read('cert')?.join('\n')
  const key = read('key')
  const passphrase = read('passphrase')
  if (cert !== undefined && key === undefined)
    throw invalid('ERR_WS_INVALID_OPTION', `option ${name}.cert needs ${name}.key`)
  if (key === undefined) {
    if (passphrase === undefined) return {}
    throw invalid('ERR_WS_INVALID_OPTION', `option ${name}.passphrase needs ${name}.key`)
  }
  if (cert === undefined) throw invalid('ERR_WS_INVALID_OPTION', `option ${name}.key needs ${name}.cert`)
  return { cert, key: decrypt(name, key, passphrase) }
}

function toVersion(name: string, value: unknown): TlsVersion {
  if (value === 'TLSv1.2' || value === 'TLSv1.3') return value
  if (value === 'TLSv1' || value === 'TLSv1.1')
    throw invalid(
      'ERR_WS_UNSUPPORTED_OPTION',
      `option ${name} cannot be ${value}: rustls begins with TLSv1.2`,
    )
  throw wrong(name, "'TLSv1.2' or 'TLSv1.3'", value)
}

function toProtocols(name: string, value: unknown): string[] {
  const fits = (item: unknown) => typeof item === 'string' && item.length > 0 && Buffer.byteLength(item) < 256
  if (!Array.isArray(value) || !value.every(fits))
    throw wrong(name, 'an array of strings of 1 to 255 bytes', value)
  return value
}

/** Returns the file of `node --tls-keylog`. */
function keyLogFlag(): string | undefined {
  const flags = nodeFlags()
  const at = flags.findIndex((flag) => /^--tls-keylog(=|$)/.test(flag))
  const [, given] = /^--tls-keylog=(.+)$/.exec(flags[at] ?? '') ?? []
  return given ?? (at < 0 ? undefined : flags[at + 1])
}

let keyLog: { readonly flag: string | undefined } | undefined

/** Returns the file for TLS secrets: that of `node --tls-keylog`, or of the variable that other programs use. */
function keyLogFile(): string | undefined {
  keyLog ??= { flag: keyLogFlag() }
  return keyLog.flag ?? (process.env.SSLKEYLOGFILE || undefined)
}

/** The records of {@link TlsOptions}. */
export const TLS_OPTIONS = {
  ca: option("Node's", (value, name) => toPem(name, value)),
  rejectUnauthorized: option('`true`, or `false` if `NODE_TLS_REJECT_UNAUTHORIZED` is `0`', (value, name) =>
    toFlag(name, value, process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0'),
  ),
  cert: option('none', (value, name) => toPem(name, value)),
  key: option('none', (value, name) => {
    const [key, ...more] = toPem(name, value) ?? []
    if (more.length > 0) throw wrong(name, 'one key', value)
    return key
  }),
  passphrase: text('none'),
  servername: text("the URL's host"),
  minVersion: option('`TLSv1.2`', (value = 'TLSv1.2', name) => toVersion(name, value)),
  maxVersion: option('`TLSv1.3`', (value = 'TLSv1.3', name) => toVersion(name, value)),
  ALPNProtocols: option("`['http/1.1']`", (value = ['http/1.1'], name) => toProtocols(name, value)),
} satisfies OptionRecords<Omit<TlsOptions, keyof NodeTlsOptions>>

type Read = ReturnType<typeof reader<typeof TLS_OPTIONS>>

function toRequest(name: string, given: object): TlsRequest {
  const read = reader(given, TLS_OPTIONS, `${name}.`)
  const minVersion = read('minVersion')
  const maxVersion = read('maxVersion')
  if (minVersion > maxVersion)
    throw invalid('ERR_WS_INVALID_OPTION', `option ${name}.minVersion is above ${name}.maxVersion`)
  return {
    ca: read('ca'),
    rejectUnauthorized: read('rejectUnauthorized'),
    ...toIdentity(name, read),
    servername: read('servername'),
    tls12: minVersion === 'TLSv1.2',
    tls13: maxVersion === 'TLSv1.3',
    alpn: read('ALPNProtocols'),
    keyLog: keyLogFile(),
  }
}

/** The request of a connect without TLS options. */
let defaults: TlsRequest | undefined

/** Returns the options that only Node has. */
function toOpenssl(given: object): ConnectionOptions {
  const own = given as Record<string, unknown>
  const names = NODE_TLS_OPTIONS.filter((name) => own[name] !== undefined)
  return Object.fromEntries(names.map((name) => [name, own[name]]))
}

/** Checks the option `tls` or `proxyTls`. */
export function toTls(name: string, value: unknown): TlsRequest {
  if (value === undefined) {
    defaults ??= toRequest(name, {})
    // Variables may have changed.
    const rejectUnauthorized = TLS_OPTIONS.rejectUnauthorized.check(undefined, name)
    return { ...defaults, rejectUnauthorized, keyLog: keyLogFile() }
  }
  checkObject(value, name)
  if (Array.isArray(value)) throw wrong(name, 'an object', value)
  const openssl = toOpenssl(value)
  checkNames(value, { ...TLS_OPTIONS, ...openssl }, REFUSED, `${name}.`)
  const request = toRequest(name, value)
  return Object.keys(openssl).length === 0 ? request : { ...request, openssl }
}
