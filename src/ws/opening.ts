/** The opening of a connection: the request, redirects, and how it ends. */

import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { CallbackConnection } from '../connection/callback.js'
import { openUpgraded, openWith } from '../connection/open.js'
import type { Attempt } from '../diagnostics/attempt.js'
import { AbortError } from '../errors/classes.js'
import type { Failure } from '../native/binding.js'
import type { Opened } from '../native/opened.js'
import { nextTick } from '../node/timers.js'
import type { Settings } from '../options/settings.js'
import { isUnix, toAddress } from './address.js'
import { isOffered, toOffer } from './deflate.js'
import { hangUp, headerOf, NO_UPGRADE, toConnectError } from './errors.js'
import { type HandshakeOwner, startHandshake } from './node-handshake.js'
import {
  basic,
  type ClientOptions,
  type Headers,
  needsSocket,
  toClientSettings,
  toHeaders,
  toUpgradedSettings,
  userInfo,
} from './options.js'
import { checkRequest, makeRequest, type RequestContent } from './request.js'
import { isReadable, isUpgrade, makeResponse, type ResponseContent } from './response.js'

/** The client whose connection is opened. */
export interface OpeningOwner {
  /** Makes the object of an open connection. */
  makeConnection(opened: Opened, settings: Settings, attempt: Attempt): CallbackConnection
  /** A response has arrived that switches protocols, rightly or not. */
  handleUpgrade(makeMessage: () => IncomingMessage): void
  /** @param stream which carries the connection, if native code does not */
  handleOpen(connection: CallbackConnection, stream?: Duplex): void
  /** The object of the program. */
  readonly websocket: unknown
  /** Returns whether the program takes the response instead of an error. */
  handleUnexpectedResponse(makeRequest: () => ClientRequest, makeMessage: () => IncomingMessage): boolean
  /** Whether the program is told of redirects, and decides which headers to send on. */
  readonly hasRedirectListener: boolean
  handleRedirect(url: string, request: ClientRequest): void
  /** @param isLater whether the error is reported in another iteration of the loop */
  handleFailure(error: Error, isLater: boolean): void
}

/** Headers that are not sent to another host, nor without TLS if the first request had it. */
const PRIVATE = ['authorization', 'cookie']

/** Where the first request went. */
interface Origin {
  readonly isSecure: boolean
  readonly isUnix: boolean
  /** Host and port, or the path of the socket. */
  readonly place: string
}

function toOrigin(url: URL): Origin {
  const unix = isUnix(url)
  return {
    isSecure: url.protocol === 'wss:',
    isUnix: unix,
    place: unix ? (url.pathname.split(':')[0] ?? '') : url.host,
  }
}

const NO_HEADERS: Headers = new Map()
const ignore = () => {}

/** Opens the connection of one client. An open connection keeps it, without what only opening needs. */
export class Opening {
  readonly #owner: OpeningOwner
  readonly #options: ClientOptions
  readonly #protocols: string[]
  #headers: Headers
  #auth: string | undefined
  /** The address of the first request. */
  #first: URL | undefined
  /** The address of the current request, also as text. */
  #url: URL | undefined
  #href: string
  /** Redirects that were followed, or that were one too many. */
  redirects = 0
  /** Made when the program reads it. */
  #request: ClientRequest | undefined
  #cancel = ignore
  /** Whether connecting has ended, in any way. */
  #hasEnded = false
  /** Whether the response that switches protocols is being handled. */
  #isUpgrading = false
  /** Whether the program has aborted the request. */
  #isAborted = false
  /** Whether the program has taken the response. */
  #isAnswered = false

  constructor(owner: OpeningOwner, url: URL, protocols: string[], options: ClientOptions) {
    this.#owner = owner
    this.#first = url
    this.#url = url
    this.#href = url.href
    this.#protocols = protocols
    this.#options = options
    this.#headers = toHeaders(options)
    this.#auth = userInfo(url) ?? (options.auth || undefined)
    this.#keepAuth()
  }

  /** The address of the current request. */
  get url(): URL {
    return this.#url ?? new URL(this.#href)
  }

  get href(): string {
    return this.#href
  }

  /** The request of the handshake; `undefined` when connecting has ended and its response has been handled. */
  get request(): ClientRequest | undefined {
    return this.#hasEnded && !this.#isUpgrading ? undefined : this.#makeRequest()
  }

  /**
   * Starts connecting.
   *
   * @throws TypeError for an option or a header that cannot be used.
   */
  start(): void {
    checkRequest(this.#content, this.#options)
    let isStarted = false
    let mistake: unknown
    try {
      this.#connect((error) => {
        if (isStarted) return false
        mistake = error
        return true
      })
    } catch (error) {
      // An aborted signal is reported as by Node's http: later.
      if (!(error instanceof AbortError)) throw error
      nextTick(() => this.#fail(error))
    }
    isStarted = true
    if (mistake !== undefined) throw mistake
  }

  /** Ends connecting without a report. */
  cancel(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#cancel()
  }

  /** Performs the handshake by Node's HTTP client. */
  #connectThroughNode(): void {
    const owner: HandshakeOwner = {
      handleSocket: (response, stream, head) => this.#openOver(response, stream, head),
      handleResponse: (response) => this.#handleMessage(response),
      handleError: (error) => this.#fail(error),
    }
    startHandshake(this.#content, this.#options, this.#owner.websocket, owner, (request) => {
      this.#request = request
      this.#cancel = () => void request.destroy()
    })
  }

  /** Opens the connection over the stream of a response that switches protocols. */
  #openOver(response: IncomingMessage, stream: Duplex, head: Buffer): void {
    const key = String(this.#request?.getHeader('sec-websocket-key') ?? '')
    this.#owner.handleUpgrade(() => response)
    if (this.#hasEnded || this.#isAborted) {
      stream.destroy()
      return
    }
    const settings = toUpgradedSettings(this.url, this.#protocols, this.#options)
    const asked = { protocols: this.#protocols, hasExtensions: isOffered(this.#options) }
    const refuse = (failure: Failure, error: Error) =>
      toConnectError({ ...failure, status: 101, headers: response.rawHeaders }, asked, error)
    let connection: CallbackConnection
    try {
      connection = openUpgraded(
        settings,
        { stream, key, response, head },
        (opened, attempt) => this.#owner.makeConnection(opened, settings, attempt),
        refuse,
      )
    } catch (error) {
      stream.destroy()
      this.#fail(error as Error)
      return
    }
    this.#hasEnded = true
    this.#release(connection)
    this.#owner.handleOpen(connection, stream)
  }

  /** Drops what an open connection does not need. */
  #release(connection: CallbackConnection): void {
    // Equal connections share the text.
    if (!this.#href.endsWith('#')) this.#href = connection.url
    this.#url = undefined
    this.#first = undefined
    this.#headers = NO_HEADERS
    this.#cancel = ignore
  }

  /** Handles a response that Node has read and that does not switch protocols. */
  #handleMessage(response: IncomingMessage): void {
    const { statusCode: status = 0, headers } = response
    if (this.#isRedirect(status, headers.location)) {
      this.#request?.destroy()
      this.#redirect(headers.location)
      return
    }
    const isTaken = this.#owner.handleUnexpectedResponse(
      () => this.#makeRequest(),
      () => response,
    )
    if (isTaken) return
    this.#request?.destroy()
    this.#fail(new Error(`Unexpected server response: ${status}`))
  }

  #isRedirect(status: number, location: string | undefined): location is string {
    return status >= 300 && status < 400 && Boolean(location) && Boolean(this.#options.followRedirects)
  }

  /** @param takes returns whether an error is thrown by the caller, not reported */
  #connect(takes: (error: unknown) => boolean): void {
    if (needsSocket(this.#options) !== undefined) {
      this.#connectThroughNode()
      return
    }
    const headers = new Map(this.#headers)
    if (this.#auth !== undefined && userInfo(this.url) === undefined && !headers.has('authorization'))
      headers.set('authorization', ['Authorization', basic(this.#auth)])
    const settings = toClientSettings(this.url, this.#protocols, this.#sent(headers), this.#options)
    this.#cancel = openWith(
      settings,
      (opened, attempt) => this.#owner.makeConnection(opened, settings, attempt),
      (connection) => this.#succeed(connection),
      (error, failure) => {
        const mine = failure?.phase === 'options' && takes(error)
        if (!mine) this.#handleFailure(error as Error, failure)
      },
    )
  }

  /** Returns the headers to send: those of the request, if the program has seen it and may have changed them. */
  #sent(headers: Headers): Headers {
    const request = this.#request
    if (request === undefined) return headers
    const names = request.getRawHeaderNames()
    const sent: Headers = new Map()
    for (const name of names) {
      const key = name.toLowerCase()
      const isDefault = key === 'host' && !headers.has('host')
      if (isDefault || key.startsWith('sec-websocket-') || key === 'connection' || key === 'upgrade') continue
      const value = request.getHeader(name)
      if (value !== undefined) sent.set(key, [name, value])
    }
    return sent
  }

  #succeed(connection: CallbackConnection): void {
    if (this.#hasEnded) {
      connection.terminate()
      return
    }
    this.#hasEnded = true
    this.#isUpgrading = true
    this.#owner.handleUpgrade(() => this.#makeMessage(connection))
    this.#isUpgrading = false
    this.#release(connection)
    this.#owner.handleOpen(connection)
  }

  #makeMessage(connection: CallbackConnection): IncomingMessage {
    return makeResponse({ status: 101, headers: connection.rawHeaders }, this.#request)
  }

  #handleFailure(error: Error, failure: Failure | undefined): void {
    if (this.#hasEnded) return
    if (failure === undefined) {
      // Node's http reports an abort later.
      nextTick(() => this.#fail(error))
      return
    }
    if (failure.code === 'ERR_WS_RESOLVE' && this.#options.lookup && error.cause !== undefined) {
      this.#fail(error.cause as Error)
      return
    }
    const asked = { protocols: this.#protocols, hasExtensions: isOffered(this.#options) }
    const shown = toConnectError(failure, asked, error)
    if (failure.status === undefined) {
      this.#fail(shown)
      return
    }
    const { status, reason, headers = [], body } = failure
    this.#handleResponse({ status, reason, headers, body }, shown)
  }

  #handleResponse(content: ResponseContent, error: Error): void {
    const { status, headers } = content
    const location = headerOf(headers, 'location')
    if (this.#isRedirect(status, location)) {
      this.#redirect(location)
      return
    }
    const message = () => makeResponse(content, this.#request)
    if (isUpgrade(content)) {
      this.#owner.handleUpgrade(message)
      this.#fail(isReadable(this.#request, headers) ? error : new Error(NO_UPGRADE), true)
      return
    }
    if (this.#owner.handleUnexpectedResponse(() => this.#answer(), message)) return
    this.#fail(status === 101 ? new Error('Unexpected server response: 101') : error)
  }

  /** Returns the request of a response that the program reads. */
  #answer(): ClientRequest {
    this.#isAnswered = true
    return this.#makeRequest()
  }

  #redirect(location: string): void {
    this.redirects += 1
    // No limit if it is `undefined`, as with `ws`.
    if (this.redirects > (this.#options.maxRedirects as number)) {
      this.#fail(new Error('Maximum redirects exceeded'))
      return
    }
    try {
      const next = toAddress(location, this.#href)
      this.#url = next
      this.#href = next.href
      this.#request = undefined
      if (this.#owner.hasRedirectListener) {
        this.#auth ??= userInfo(this.url)
        this.#owner.handleRedirect(this.#href, this.#makeRequest())
        if (this.#hasEnded || this.#isAborted) return
      } else this.#dropPrivate()
      this.#connect(() => false)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  /** Drops what must not reach another host, or travel without TLS. */
  #dropPrivate(): void {
    const first = toOrigin(this.#first ?? this.url)
    const next = toOrigin(this.url)
    const isSame = next.isUnix === first.isUnix && next.place === first.place
    if (!isSame || (first.isSecure && !next.isSecure)) {
      for (const name of PRIVATE) this.#headers.delete(name)
      this.#auth = undefined
    }
    if (!isSame) this.#headers.delete('host')
    this.#auth ??= userInfo(this.url)
    this.#keepAuth()
  }

  /** Keeps the first user name and password for redirects. */
  #keepAuth(): void {
    if (!this.#options.followRedirects || this.#auth === undefined) return
    if (!this.#headers.has('authorization'))
      this.#headers.set('authorization', ['Authorization', basic(this.#auth)])
  }

  get #content(): RequestContent {
    return {
      url: this.url,
      protocols: this.#protocols,
      headers: this.#headers,
      auth: this.#headers.has('authorization') ? undefined : this.#auth,
      extensions: toOffer(this.#options),
    }
  }

  #makeRequest(): ClientRequest {
    this.#request ??= makeRequest(this.#content, this.#options, (error) => this.#abort(error))
    return this.#request
  }

  /** The program has aborted the request, or destroyed it with an error. */
  #abort(error: Error | undefined): void {
    if (this.#hasEnded || this.#isAnswered) return
    this.#isAborted = true
    nextTick(() => this.#fail(error ?? hangUp()))
    this.#cancel()
  }

  #fail(error: Error, isLater = false): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#owner.handleFailure(error, isLater)
  }
}
