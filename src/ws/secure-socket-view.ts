/** What programs read of `ws._socket` under TLS, with the names of `tls.TLSSocket`. */

import type { X509Certificate } from 'node:crypto'
import type { CipherNameAndProtocol, DetailedPeerCertificate, PeerCertificate } from 'node:tls'
import type { CallbackConnection } from '../connection/callback.js'
import type { TlsSession } from '../native/binding.js'
import { defaultRoots } from '../native/roots.js'
import { crypto } from '../node/builtin.js'
import { SocketView } from './socket-view.js'

/** Which certificates a connection has accepted. */
export interface Trust {
  /** Certificates in PEM that are trusted; `undefined` for those that Node trusts. */
  readonly ca: readonly string[] | undefined
  /** Whether the certificate of the server was verified. */
  readonly rejectUnauthorized: boolean
}

/** What a handshake without TLS has trusted. */
export const NO_TRUST: Trust = { ca: undefined, rejectUnauthorized: false }

/**
 * Shows the socket of a connection to `url`.
 *
 * @param close ends the connection as the end of the socket does
 */
export function viewSocket(
  connection: CallbackConnection,
  url: URL,
  trust: Trust,
  close: () => void,
): SocketView {
  return url.protocol === 'wss:'
    ? new SecureSocketView(connection, trust, close)
    : new SocketView(connection, close)
}

/** Returns the name that OpenSSL has for a cipher suite: that of IANA for those of TLS 1.3. */
function toOpenSslName(suite: string): string {
  if (!suite.includes('_WITH_')) return suite
  const words = suite.replace('TLS_', '').replace('_WITH_', '_').replace('POLY1305_SHA256', 'POLY1305')
  return words.replace(/AES_(\d+)/, 'AES$1').replaceAll('_', '-')
}

/** A certificate in PEM, of which one text may contain several. */
const CERTIFICATE = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[\s\S]*?-----END \1-----/g
/** Most certificates from that of a server to its root. */
const MAX_CHAIN = 16

/** Adds the issuers of a chain, of those that are trusted, up to the root. */
function complete(chain: X509Certificate[], { ca }: Trust): void {
  const { X509Certificate } = crypto()
  const texts = (ca ?? defaultRoots()).flatMap((pem) => pem.match(CERTIFICATE) ?? [])
  const trusted = texts.map((pem) => new X509Certificate(pem))
  let last = chain.at(-1)
  while (last !== undefined && !isRoot(last) && chain.length < MAX_CHAIN) {
    const issued = last
    last = trusted.find((each) => issued.checkIssued(each))
    if (last !== undefined) chain.push(last)
  }
}

/** Whether a certificate has issued itself. */
const isRoot = (certificate: X509Certificate) => certificate.checkIssued(certificate)

/** Returns certificates as `getPeerCertificate(true)` of Node does: each has that of its issuer, and a root has itself. */
function withIssuers(certificates: readonly X509Certificate[]): DetailedPeerCertificate | undefined {
  const objects = certificates.map((each) => each.toLegacyObject() as DetailedPeerCertificate)
  for (const [index, object] of objects.entries()) {
    const certificate = certificates[index]
    const issuer = certificate && isRoot(certificate) ? object : objects[index + 1]
    if (issuer !== undefined) object.issuerCertificate = issuer
  }
  return objects[0]
}

/** Shows the socket of a connection with TLS. */
export class SecureSocketView extends SocketView {
  readonly encrypted = true
  /** Whether the certificate of the server was verified. It is not with `rejectUnauthorized: false`. */
  readonly authorized: boolean
  readonly authorizationError: string | null
  readonly #connection: CallbackConnection
  readonly #trust: Trust

  constructor(connection: CallbackConnection, trust: Trust, close: () => void) {
    super(connection, close)
    this.#connection = connection
    this.#trust = trust
    this.authorized = trust.rejectUnauthorized
    this.authorizationError = this.authorized ? null : 'UNVERIFIED'
  }

  get #session(): TlsSession | undefined {
    return this.#connection.tlsSession()
  }

  /** The certificates that the server has sent, and those of their issuers that are trusted. */
  get #chain(): X509Certificate[] {
    const { X509Certificate } = crypto()
    const chain = (this.#session?.certificates ?? []).map((each) => new X509Certificate(each))
    complete(chain, this.#trust)
    return chain
  }

  /** The protocol that ALPN has chosen, or `false`. */
  get alpnProtocol(): string | false {
    return this.#session?.alpn ?? false
  }

  /** Returns the version of TLS, or `null` after the end. */
  getProtocol(): string | null {
    return this.#session?.protocol ?? null
  }

  /** Returns the cipher suite with the names of OpenSSL and IANA, or `null` after the end. */
  getCipher(): CipherNameAndProtocol {
    const session = this.#session
    if (session === undefined) return null as never
    const { cipherSuite: standardName, protocol: version } = session
    return { name: toOpenSslName(standardName), standardName, version }
  }

  /**
   * Returns the certificate of the server, or `null` after the end.
   *
   * @param detailed whether those of its issuers are added
   */
  getPeerCertificate(detailed?: boolean): PeerCertificate | DetailedPeerCertificate {
    const session = this.#session
    if (session === undefined) return null as never
    if (detailed) return withIssuers(this.#chain) ?? ({} as PeerCertificate)
    return (this.getPeerX509Certificate()?.toLegacyObject() ?? {}) as PeerCertificate
  }

  getPeerX509Certificate(): X509Certificate | undefined {
    const [own] = this.#session?.certificates ?? []
    return own && new (crypto().X509Certificate)(own)
  }

  /** Returns whether an earlier connection has opened the session, or `null` after the end. */
  isSessionReused(): boolean {
    return this.#session?.isResumed ?? (null as never)
  }
}
