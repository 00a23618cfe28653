/** TLS of Node over a stream. */

import { appendFileSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { TlsRequest } from '../native/binding.js'
import { net, tls } from '../node/builtin.js'

/** An error with a code, as Node makes it. */
function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

/** Options of newer Nodes. */
interface ModernOptions extends ConnectionOptions {
  allowPartialTrustChain?: boolean | undefined
}

/** The options of `tls.connect` for a request. `isOrigin` is whether the peer is the one that the options are for. */
function toOptions(request: TlsRequest, host: string, isOrigin: boolean): ModernOptions {
  const { ca, cert, key, alpn, tls12, tls13, rejectUnauthorized, node } = request
  const options: ModernOptions = {
    rejectUnauthorized,
    // The server's own certificate may be among them.
    ...(ca === undefined ? {} : { ca, allowPartialTrustChain: true }),
    minVersion: tls12 ? 'TLSv1.2' : 'TLSv1.3',
    maxVersion: tls13 ? 'TLSv1.3' : 'TLSv1.2',
    ...(alpn.length === 0 ? {} : { ALPNProtocols: alpn }),
    ...node,
    host,
  }
  const servername = isOrigin ? request.servername : undefined
  if (servername !== undefined && servername !== '') options.servername = servername
  else if (servername === undefined && net().isIP(host) === 0) options.servername = host
  if (isOrigin) Object.assign(options, cert === undefined ? {} : { cert }, key === undefined ? {} : { key })
  else for (const name of ['pfx', 'cert', 'key', 'passphrase', 'secureContext'] as const) delete options[name]
  return options
}

/** Appends the secrets of the sessions to a file, as `node --tls-keylog` does. */
function logKeys(socket: TLSSocket, file: string): void {
  socket.on('keylog', (line) => {
    try {
      appendFileSync(file, line)
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
