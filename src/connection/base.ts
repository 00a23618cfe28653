/** What the connections of both APIs share: one native connection, its state and its end. Each API adds how to wait. */

import type { AddressInfo } from 'node:net'
import { type InspectOptions, inspect } from 'node:util'
import type { Attempt } from '../diagnostics/attempt.js'
import { isCloseObserved } from '../diagnostics/channels.js'
import type { Stats } from '../diagnostics/stats.js'
import { ConnectionClosedError, MessageTooBigError, TimeoutError } from '../errors/classes.js'
import { type Failure, SEND_EMPTY, SEND_NOT_BYTES } from '../native/binding.js'
import { block, native } from '../native/dispatch.js'
import { toError } from '../native/failure.js'
import { flushHeld } from '../native/flush.js'
import type { Opened } from '../native/opened.js'
import { type Data, type Message, present, toView } from '../native/payload.js'
import { toResponse, type UpgradeResponse } from '../native/response.js'
import { Leases } from '../native/slabs.js'
import { withoutCredentials } from '../native/url.js'
import type { Settings } from '../options/settings.js'
import { type Activity, COUNTERS, NO_ACTIVITY, toActivity } from './activity.js'
import type { Kind } from './arriving-message.js'
import { ABNORMAL, CLOSED, CLOSING, GOING_AWAY, INTERNAL_ERROR, NORMAL, OPEN, TOO_BIG } from './close.js'
import { asEnd, type Closed, withURL } from './end.js'
import { type Fragment, toFlags } from './fragments.js'
import { Inbox } from './inbox.js'
import { show } from './inspect.js'
import { type Kept, toKept } from './kept.js'

/** Read from the addon's object once, not for each message. */
const { sendBinary, sendBytes, sendFrame, sendText } = native

/** Where native code writes the counters of a connection. */
const counters = new Float64Array(COUNTERS)

/** Ends the native connection of a collected object. */
const collected = new FinalizationRegistry<number>((id) => native.terminate(id))

/** An open connection of either API. */
export abstract class BaseConnection {
  protected readonly id: number
  protected readonly settings: Kept
  readonly #url: string
  protected readonly inbox: Inbox
  /** @internal */
  readonly leases: Leases | undefined
  readonly #opened: Opened
  readonly #attempt: Attempt
  /** Made with its first use: most programs never read it. */
  #response: UpgradeResponse | undefined
  #state: number = OPEN
  #closeCode: number | undefined
  #closeReason = ''
  #wasClean = false
  /** Makes the error of a connection that has failed: a new one for each call, with the stack of that call. */
  #makeFailure: (() => Error) | undefined
  /** Whether the connection has failed in another way than by being lost. */
  #hasFailed = false
  #ending: Closed | undefined
  #activity: Activity | undefined
  readonly #openedAt = Date.now()
  /**
   * Most bytes of a message that is gathered.
   * @internal
   */
  readonly maxMessageSize: number
  #batches = 0
  /** The code that this side closed with. */
  protected closedWith: number | undefined
  protected lastLatency: number | undefined

  constructor(opened: Opened, settings: Settings, attempt: Attempt) {
    this.id = opened.id
    const { request } = settings
    this.settings = toKept(settings)
    this.#url = request.url
    this.maxMessageSize = request.maxMessageSize ?? Number.POSITIVE_INFINITY
    this.inbox = new Inbox(settings.receiveQueueBytes)
    this.leases = settings.reuseMemory ? new Leases() : undefined
    this.#opened = opened
    this.#attempt = attempt
  }

  /** The URL that was passed to `connect`. */
  get url(): string {
    return this.#url
  }

  /** The subprotocol that the server chose; `''` if none. */
  get protocol(): string {
    return this.#opened.protocol
  }

  /**
   * The response that opened the connection, after redirects the last one: status and headers. Header names are in
   * lower case. Repeated headers are joined with `, `, and only `set-cookie` is a list.
   */
  get response(): UpgradeResponse {
    this.#response ??= toResponse(this.#opened.headers)
    return this.#response
  }

  /**
   * The extensions in use and their parameters, such as `permessage-deflate; client_max_window_bits=10`; `''` if none.
   * Parameters that change nothing are left out.
   */
  get extensions(): string {
    return this.#opened.extensions
  }

  /** The state of the connection: 1 OPEN, 2 CLOSING or 3 CLOSED. */
  get readyState(): number {
    return this.#state
  }

  /** Bytes accepted by `send` and not yet taken by the kernel. Excludes pending sends. */
  get bufferedAmount(): number {
    return Math.max(native.buffered(this.id), 0)
  }

  /** The local address, as from `net.Server.address()`; address `''`, family `'Unix'` and port 0 for a Unix socket. */
  get localAddress(): AddressInfo {
    return this.#opened.local
  }

  /** The address of the peer, or of the proxy; address `''`, family `'Unix'` and port 0 for a Unix socket. */
  get remoteAddress(): AddressInfo {
    return this.#opened.remote
  }

  /** The peer's close code; 1005 if its close frame has none; 1006 without a close frame; `undefined` while open. */
  get closeCode(): number | undefined {
    return this.#closeCode
  }

  /** The peer's close reason; `''` if none. */
  get closeReason(): string {
    return this.#closeReason
  }

  /** Whether the closing handshake was completed (RFC 6455 section 7.1.4). */
  get wasClean(): boolean {
    return this.#wasClean
  }

  /** The round trip of the last ping that was answered, in ms; `undefined` before the first. */
  get latency(): number | undefined {
    return this.lastLatency
  }

  /** Returns the counters of the connection. */
  stats(): Stats {
    return {
      ...this.#readActivity(),
      openedAt: this.#openedAt,
      batches: this.#batches,
      bufferedAmount: this.bufferedAmount,
      queuedMessages: this.inbox.length,
      queuedBytes: this.inbox.bytes,
    }
  }

  /** The text that `console.log` prints. */
  [inspect.custom](depth: number, options: InspectOptions, print: typeof inspect = inspect): string {
    if (depth < 0) return `[${this.constructor.name}]`
    return show(this.constructor.name, this, withoutCredentials(this.#url), options, print)
  }

  // Calls of native code. A negative result means that the connection has ended.

  /**
   * Sends one message. Returns the bytes that are unsent.
   * @internal
   */
  transmit(data: Data): number {
    if (typeof data === 'string') return sendText(this.id, data, data.length)
    const sent = sendBytes(this.id, data)
    if (sent !== SEND_NOT_BYTES) return sent
    const view = toView(data)
    const unsent = sendBinary(this.id, view)
    return unsent === SEND_EMPTY ? sendBinary(this.id, present(view), true) : unsent
  }

  /**
   * Sends one message, compressed or not as the program says. Returns as {@link transmit}.
   * @internal
   */
  transmitAs(data: string | NodeJS.ArrayBufferView, compress: boolean | undefined): number {
    if (compress === undefined) return this.transmit(data)
    return sendFrame(this.id, typeof data === 'string' ? data : present(data), toFlags(compress))
  }

  /**
   * Sends one frame of a message. Returns as {@link transmit}.
   *
   * @param flags the sum of constants `FRAME_`
   * @internal
   */
  transmitFrame(payload: Fragment, flags: number): number {
    return sendFrame(this.id, payload, flags)
  }

  /**
   * Sets whether sends are held until more have followed.
   * @internal
   */
  cork(corked: boolean): void {
    native.cork(this.id, corked)
  }

  protected transmitPing(payload: NodeJS.ArrayBufferView): number {
    return native.ping(this.id, payload)
  }

  protected transmitClose(code: number, reason: string): number {
    return native.close(this.id, code, reason)
  }

  /**
   * Requests a call of `handleCloseDue`. Returns `false` if native code has no timer for this connection.
   * @internal
   */
  limitClose(delay: number, holds: boolean): boolean {
    return native.limitClose(this.id, delay, holds) >= 0
  }

  /**
   * Requests a call of `handleDrained` for when nothing is unsent.
   * @internal
   */
  notifyFlushed(): void {
    native.notifyFlushed(this.id)
  }

  /**
   * Runs a turn, which delivers what has arrived.
   * @internal
   */
  turn(): void {
    native.turn(this.id)
  }

  // What becomes of a message. Each returns whether a turn has to be scheduled.

  protected requestStream(): boolean {
    return native.receiveStream(this.id)
  }

  protected requestSkip(): boolean {
    return native.skipMessage(this.id)
  }

  protected requestRefusal(): boolean {
    return native.refuseMessage(this.id)
  }

  /**
   * Runs the keepalive. Returns the ms until the next run; -1 for none; `KEEPALIVE_PINGED` to be run again at once.
   * @internal
   */
  runKeepalive(): number {
    return native.runKeepalive(this.id)
  }

  /** Waits on this thread. See {@link block}. */
  protected block(drainTo: number, read: boolean, timeout: number, signals: number): number {
    flushHeld()
    return block(this.id, this, drainTo, read, timeout, signals)
  }

  /**
   * The error of a call on a connection that has ended.
   * @internal
   */
  endError(): Error {
    return asEnd(this.explain(this.#makeEndError()))
  }

  #makeEndError(): Error {
    if (this.#makeFailure !== undefined) return this.#makeFailure()
    const code = this.#closeCode ?? this.closedWith ?? ABNORMAL
    if (this.closedWith !== undefined) {
      return new ConnectionClosedError(
        'the connection was closed on this side',
        code,
        this.#closeReason,
        this.#wasClean,
      )
    }
    const reason = this.#closeReason === '' ? '' : `: ${this.#closeReason}`
    const message = `the connection is closed, code ${code}${reason}`
    return new ConnectionClosedError(message, code, this.#closeReason, this.#wasClean)
  }

  /**
   * Whether iteration ends without an error: the peer closed with 1000 or 1001, or this side closed.
   * @internal
   */
  get endedNormally(): boolean {
    return this.settings.endsQuietly === true || this.#endedCleanly
  }

  get #endedCleanly(): boolean {
    if (this.#hasFailed) return false
    return this.closedWith !== undefined || this.#closeCode === NORMAL || this.#closeCode === GOING_AWAY
  }

  /** Returns the counters, or those at the end. */
  #readActivity(): Activity {
    if (native.counters(this.id, counters) >= 0) this.#activity = toActivity(counters, this.#activity)
    return this.#activity ?? NO_ACTIVITY
  }

  /** How the connection ended; `undefined` while messages can arrive. */
  protected get ending(): Closed | undefined {
    if (!this.isOver) return undefined
    this.#ending ??= {
      code: this.#closeCode ?? ABNORMAL,
      reason: this.#closeReason,
      wasClean: this.#wasClean,
      ...(this.#endedCleanly ? {} : { error: this.endError() }),
    }
    return this.#ending
  }

  /**
   * Adds the URL of the connection to an error.
   * @internal
   */
  explain<E extends Error>(error: E): E {
    return withURL(error, this.#url)
  }

  /** Fails the connection on this side: no message came for `idleTimeout`. */
  protected failIdle(): void {
    const message = `no message came within ${this.settings.idleTimeout} ms (idleTimeout)`
    this.#fail(() => new TimeoutError('ERR_WS_IDLE_TIMEOUT', 'open', message))
    this.transmitClose(GOING_AWAY, 'idle timeout')
  }

  /** Fails the connection on this side: a message was sent in part, and the rest will not come. */
  protected failFragmented(cause: unknown): void {
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `the connection was closed, code ${INTERNAL_ERROR}, as a message was sent in part only: ${why}`
    this.#fail(() => new ConnectionClosedError(message, ABNORMAL, '', false, cause))
    this.transmitClose(INTERNAL_ERROR, 'incomplete message')
  }

  /** Fails the connection on this side: a message is too large to be gathered. */
  protected failSize(): void {
    const message = `message is larger than maxMessageSize, ${this.maxMessageSize} bytes`
    this.#fail(() => new MessageTooBigError('ERR_WS_MESSAGE_TOO_BIG', 'open', message))
    this.transmitClose(TOO_BIG, '')
  }

  #fail(makeFailure: () => Error): void {
    this.#makeFailure = makeFailure
    this.#hasFailed = true
    this.#closeCode = ABNORMAL
  }

  /**
   * Whether no more messages can arrive.
   * @internal
   */
  get isOver(): boolean {
    return this.#closeCode !== undefined || this.#state === CLOSED
  }

  protected setClosing(): void {
    if (this.#state === OPEN) this.#state = CLOSING
  }

  /** Ends the native connection when this object is collected. For connections that no loop references. */
  protected endWhenCollected(): void {
    collected.register(this, this.id, this)
  }

  /**
   * Ends the connection.
   *
   * @param isGone whether native code has ended it already
   * @returns whether the kernel has everything that was sent; `false` if the connection had ended before
   */
  protected end(isGone = false): boolean {
    if (this.#state === CLOSED) return false
    this.#readActivity()
    const unsent = isGone ? -1 : native.terminate(this.id)
    collected.unregister(this)
    this.#state = CLOSED
    this.leases?.abandon()
    this.#closeCode ??= ABNORMAL
    if (isCloseObserved()) this.#attempt.close(this, this.ending?.error)
    return unsent === 0
  }

  /** @internal */
  abstract handleMessage(message: Message, bytes: number): void
  /** @internal */
  abstract handlePong(payload: Buffer, trip?: number): void
  /** @internal */
  abstract handleDrained(): void
  /** @internal */
  abstract handleMore(): void
  /** @internal */
  abstract handleStreamStart(kind: Kind): void
  /** @internal */
  abstract handleStreamEnd(): void
  /** @internal */
  abstract handleHeld(): void

  /** @internal */
  handleBatchEnd(): void {
    this.leases?.seal(this.inbox.taken + this.inbox.length)
  }

  /** @internal */
  handleBatch(): void {
    this.#batches += 1
  }

  /** @internal */
  handleCloseFrame(code: number, reason: string): void {
    this.setClosing()
    this.#closeCode = code
    this.#closeReason = reason
    this.#wasClean = this.#closeCode !== ABNORMAL
  }

  /** @internal */
  handleEnd(failure?: Failure): void {
    // After the peer's close frame, a TCP error changes nothing.
    if (this.#closeCode === undefined && failure !== undefined) {
      this.#makeFailure = () => toError(failure)
      this.#hasFailed = failure.code !== 'ERR_WS_CLOSED'
      this.#closeCode = failure.closeCode ?? ABNORMAL
    }
    this.#closeCode ??= ABNORMAL
    this.end(true)
  }
}
