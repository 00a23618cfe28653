/** Opens the streams of one connect. */

import type { LookupFunction } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  type ConnectRequest,
  OPEN_PROXY_TLS,
  OPEN_TLS,
  OPEN_UNIX,
  type TlsRequest,
} from '../native/binding.js'
import { native } from '../native/dispatch.js'
import { relays } from '../native/relays.js'
import type { SocketSettings } from '../options/socket.js'
import { toTls } from '../options/tls.js'
import { create, createByAgent, type Done, dial, dialUnix } from './dial.js'
import { StreamRelay, toRelayError } from './stream-relay.js'
import { secure } from './tls.js'

/** Returns TLS settings without what rustls might refuse and Node serves. */
function bare(request: TlsRequest): TlsRequest {
  return { ...request, ca: undefined, cert: undefined, key: undefined, openssl: undefined }
}

/** Opens the streams that native code asks for, until the connect has ended. */
export class Opener {
  /** The request as native code gets it, which checks the options of TLS unless rustls lacks them. */
  readonly request: ConnectRequest
  readonly #request: ConnectRequest
  readonly #settings: SocketSettings
  readonly #lookup: LookupFunction | undefined
  /** What the connect waits for. */
  #pending: Duplex | undefined
  #hasEnded = false
  /** The error of the last step that has failed, and the code that native code was told. */
  #error: unknown
  #code: string | undefined
  #relay: StreamRelay | undefined

  /** Whether only Node can use the options of TLS. */
  readonly isTlsOfNode: boolean

  /**
   * @param lookup the option, which the program's function gets
   * @param isTlsOfNode whether rustls has refused the options of TLS
   */
  constructor(
    request: ConnectRequest,
    settings: SocketSettings,
    lookup: LookupFunction | undefined,
    isTlsOfNode: boolean,
  ) {
    this.#request = request
    this.#lookup = lookup
    const { tls, proxyTls } = request
    this.isTlsOfNode = isTlsOfNode || tls.openssl !== undefined || proxyTls?.openssl !== undefined
    this.request = this.isTlsOfNode
      ? { ...request, tls: bare(tls), proxyTls: proxyTls && bare(proxyTls) }
      : request
    this.#settings = settings
  }

  /** Whether hosts are opened without their addresses: the program resolves them. */
  get takesNames(): boolean {
    return this.#settings.createConnection !== undefined || this.#settings.agent !== undefined
  }

  /** Takes the step that native code asks for. */
  open(token: number, kind: number, host: string, port: number, relay: number, addresses: string[]): void {
    if (kind === OPEN_TLS || kind === OPEN_PROXY_TLS)
      this.#secure(token, kind === OPEN_PROXY_TLS, host, port, relay)
    else
      this.#dial(kind === OPEN_UNIX, [host, port], addresses, (...result) =>
        this.#finishDial(token, ...result),
      )
  }

  /** Ends what is being opened. */
  end(): void {
    this.#hasEnded = true
    this.#pending?.destroy()
    this.#pending = undefined
  }

  /** Sets the error of the stream as the cause of a failed connect. */
  explain(error: Error, causeCode: string | undefined): Error {
    const failed = this.#relay?.error
    const found = this.#code === causeCode ? this.#error : failed
    const code = this.#code === causeCode ? causeCode : failed && toRelayError(failed)[0]
    if (found instanceof Error && causeCode !== undefined && code === causeCode) error.cause = found
    return error
  }

  #dial(isUnix: boolean, [host, port]: readonly [string, number], addresses: string[], done: Done): void {
    const { createConnection, agent } = this.#settings
    if (createConnection !== undefined || agent !== undefined) {
      const where = isUnix ? { path: host, socketPath: host } : { host, port }
      const options = { ...this.#given(host, port), ...where }
      const note = (stream: Duplex) => this.#notePending(stream)
      if (createConnection !== undefined) create(createConnection, options, note, done)
      else if (agent !== undefined) createByAgent(agent, options, note, done)
    } else if (isUnix) this.#pending = dialUnix(host, done)
    else this.#pending = dial([host, port], addresses, this.#request.localAddress, done)
  }

  #notePending(stream: Duplex): void {
    if (this.#hasEnded) stream.destroy()
    else this.#pending = stream
  }

  /** The options for a function of the program: those of `net.connect` and of `tls.connect`. */
  #given(host: string, port: number): object {
    const { tls, family, localAddress } = this.#request
    const isSecure = this.#isSecure(host, port)
    return {
      ...(isSecure
        ? {
            ...tls.openssl,
            servername: tls.servername ?? host,
            rejectUnauthorized: tls.rejectUnauthorized,
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
            ...(tls.cert === undefined ? {} : { cert: tls.cert, key: tls.key }),
          }
        : {}),
      protocol: isSecure ? 'https:' : 'http:',
      secureEndpoint: isSecure,
      ...(family === 0 ? {} : { family }),
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(this.#lookup === undefined ? {} : { lookup: this.#lookup }),
    }
  }

  /** Whether a host is the one of the URL, and asks for TLS. */
  #isSecure(host: string, port: number): boolean {
    const { protocol, hostname, port: given } = new URL(this.#request.url)
    const isSecure = protocol === 'wss:' || protocol === 'https:'
    const name = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
    return isSecure && name.toLowerCase() === host.toLowerCase() && Number(given || 443) === port
  }

  #finishDial(token: number, error: unknown, stream?: Duplex): void {
    this.#pending = undefined
    if (this.#hasEnded) {
      stream?.destroy()
      return
    }
    if (stream === undefined) {
      this.#fail(token, error)
      return
    }
    this.#relay = new StreamRelay(stream)
    native.finishOpen(token, undefined, undefined, this.#relay.id)
  }

  #fail(token: number, error: unknown, fallback?: string): void {
    const [code, message] = toRelayError(error, fallback)
    this.#error = error
    this.#code = code
    native.finishOpen(token, code, message)
  }

  #secure(token: number, isProxy: boolean, host: string, port: number, id: number): void {
    const relay = relays.get(id)
    if (!(relay instanceof StreamRelay)) return
    const { createConnection, agent } = this.#settings
    if (createConnection !== undefined || agent !== undefined) {
      native.finishOpen(token)
      return
    }
    const { tls, proxyTls } = this.#request
    const options = isProxy ? (proxyTls ?? toTls('proxyTls', undefined)) : tls
    const isOrigin = isProxy || this.#isSecure(host, port)
    const done = (error: unknown, stream?: Duplex) => {
      this.#pending = undefined
      if (this.#hasEnded) stream?.destroy()
      else if (stream === undefined) this.#fail(token, error, 'ERR_TLS_HANDSHAKE')
      else {
        relay.replace(stream)
        native.finishOpen(token)
      }
    }
    this.#pending = secure(relay.detach(), options, host, isOrigin, done)
  }
}
