/** TLS of Node over a stream. */

import { closeSync, constants, openSync, writeSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { invalid } from '../errors/invalid.js'
import type { ConnectRequest, TlsRequest } from '../native/binding.js'
import { crypto, net, tls } from '../node/builtin.js'

/** An error with a code, as Node makes it. */
function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

/** Options of newer Nodes. */
interface ModernOptions extends ConnectionOptions {
  allowPartialTrustChain?: boolean | undefined
}

/** Options of the client's identity, which is for the first origin only. */
const OF_IDENTITY = ['pfx', 'cert', 'key', 'passphrase', 'secureContext'] as const

/** A byte order mark, and one that was read as Latin-1. */
const MARKS = /\ufeff|\u00ef\u00bb\u00bf/g

/** Removes byte order marks, which OpenSSL does not skip. */
function toPem<T extends Record<string, string | string[] | undefined>>(texts: T): T {
  const clean = (text: string) => text.replace(MARKS, '')
  const entries = Object.entries(texts).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(clean) : value && clean(value),
  ])
  return Object.fromEntries(entries)
}

/** Whether a certificate is a server's own, which is trusted without those that have signed it. */
function isOfServer(pem: string): boolean {
  try {
    return !new (crypto().X509Certificate)(pem).ca
  } catch {
    // OpenSSL reports it.
    return false
  }
}

/** The options of the secure context. */
function toContext({ ca, cert, key, tls12, tls13, openssl }: TlsRequest): ModernOptions {
  const own = { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert, key }) }
  return {
    ...toPem(own),
    ...(ca?.some(isOfServer) ? { allowPartialTrustChain: true } : {}),
    minVersion: tls12 ? 'TLSv1.2' : 'TLSv1.3',
    maxVersion: tls13 ? 'TLSv1.3' : 'TLSv1.2',
    ...openssl,
  }
}

/** Returns the name to request of a host. */
function toServername(given: string | undefined, host: string): { servername?: string } {
  if (given === '' || (given === undefined && net().isIP(host) !== 0)) return {}
  return { servername: given ?? host }
}

/** The options of `tls.connect`. `isOrigin` is whether the peer is the one that the options are for. */
function toOptions(request: TlsRequest, host: string, isOrigin: boolean): ModernOptions {
  const { alpn, rejectUnauthorized, servername } = request
  const context = toContext(request)
  if (!isOrigin) for (const name of OF_IDENTITY) delete context[name]
  return {
    ...context,
    rejectUnauthorized,
    ...(alpn.length === 0 ? {} : { ALPNProtocols: alpn }),
    host,
    ...toServername(isOrigin ? servername : undefined, host),
  }
}

/** Whether OpenSSL accepts the options of one peer. Returns its complaint, if it does not. */
function complaint(request: TlsRequest | undefined): string | undefined {
  if (request === undefined) return undefined
  try {
    tls().createSecureContext(toContext(request))
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/**
 * Checks the options of TLS that only Node has.
 *
 * @throws TypeError `ERR_WS_INVALID_OPTION`.
 */
export function checkTls({ tls: request, proxyTls }: ConnectRequest): void {
  for (const [name, options] of [
    ['tls', request],
    ['proxyTls', proxyTls],
  ] as const) {
    const found = options?.openssl === undefined ? undefined : complaint(options)
    if (found !== undefined) throw invalid('ERR_WS_INVALID_OPTION', `option ${name}: ${found}`)
  }
}

/** Whether a message of native code is about a certificate or key of the client that Node accepts. */
export function isServedByNode(message: string, { tls: request, proxyTls }: ConnectRequest): boolean {
  const [, group] = /^option (tls|proxyTls)\.(?:cert|key)\b(?! holds no PEM)/.exec(message) ?? []
  if (group === undefined) return false
  return complaint(group === 'proxyTls' ? proxyTls : request) === undefined
}

/** Appends the secrets of the sessions to a file, as `node --tls-keylog` does. */
function logKeys(socket: TLSSocket, file: string): void {
  socket.on('keylog', (line) => {
    try {
      const { O_APPEND, O_CREAT, O_WRONLY, O_NONBLOCK = 0 } = constants
      const descriptor = openSync(file, O_APPEND | O_CREAT | O_WRONLY | O_NONBLOCK, 0o600)
      writeSync(descriptor, line)
      closeSync(descriptor)
    } catch {
      // As with native code, connecting does not depend on it.
    }
  })
}

/**
 * Runs the TLS handshake over a stream.
 *
 * @param isOrigin whether the client's certificate and `servername` are for this host
 * @param done called once, with the error or with the stream
 */
export function secure(
  stream: Duplex,
  request: TlsRequest,
  host: string,
  isOrigin: boolean,
  done: (error: unknown, socket?: TLSSocket) => void,
): TLSSocket | undefined {
  let socket: TLSSocket
  try {
    socket = tls().connect({ ...toOptions(request, host, isOrigin), socket: stream })
  } catch (error) {
    done(error)
    return undefined
  }
  const finish = (error?: unknown) => {
    socket.off('error', finish)
    socket.off('close', lose)
    if (error === undefined) done(undefined, socket)
    else {
      socket.on('error', () => {})
      socket.destroy()
      done(error)
    }
  }
  const lose = () => finish(failure('ECONNRESET', 'the connection ended during the TLS handshake'))
  if (request.keyLog !== undefined && !process.execArgv.some((flag) => flag.startsWith('--tls-keylog')))
    logKeys(socket, request.keyLog)
  socket.once('secureConnect', () => {
    const protocol = socket.alpnProtocol
    if (!protocol || protocol === 'http/1.1') {
      finish()
      return
    }
    const message = `the server chose the protocol ${protocol}, but WebSocket requires http/1.1`
    finish(failure('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', message))
  })
  socket.once('error', finish)
  socket.once('close', lose)
  return socket
}
