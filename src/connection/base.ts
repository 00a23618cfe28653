/**
 * What both faces share: one native connection, its state, and what is known of its end. A face
 * adds how to wait.
 */

import type { AddressInfo } from 'node:net'
import type { Attempt } from '../diagnostics/attempt.js'
import { ConnectionClosedError, TimeoutError } from '../errors/classes.js'
import { invalid } from '../errors/invalid.js'
import { type Counters, EMPTY, type Failure, type Opened, OTHER } from '../native/binding.js'
import { block, native } from '../native/dispatch.js'
import { toError } from '../native/failure.js'
import { type Data, describe, type Message, present, toView } from '../native/payload.js'
import { Leases } from '../native/slabs.js'
import { toResponse, type UpgradeResponse } from '../options/headers.js'
import type { Settings } from '../options/settings.js'
import { Inbox } from './inbox.js'

/** `readyState` of RFC 6455's life cycle, with the numbers of the WHATWG interface. */
export const OPEN = 1
export const CLOSING = 2
export const CLOSED = 3

/** Close codes: normal, the peer goes away, and no close frame. */
export const NORMAL = 1000
const GOING_AWAY = 1001
export const ABNORMAL = 1006

/** Most bytes of a close reason (RFC 6455 section 5.5). */
const MAX_REASON = 123

/** Counters of a connection, at the moment or as they were when it ended. */
export interface Stats extends Counters {
  /** Times that native code handed something over: messages that arrive together come together. */
  batches: number
  /** Bytes sent and not yet taken by the kernel. */
  bufferedAmount: number
  /** Messages received and not yet taken. */
  queuedMessages: number
  /** Their bytes, with 64 for each message. */
  queuedBytes: number
}

const NO_COUNTERS: Counters = {
  messagesSent: 0,
  messagesReceived: 0,
  bytesSent: 0,
  bytesReceived: 0,
  reads: 0,
  writes: 0,
  busyPollHits: 0,
  busyPollMisses: 0,
}

/**
 * Checks what is to go into a close frame (RFC 6455 section 7.4).
 *
 * @throws TypeError `ERR_WS_INVALID_CLOSE`.
 */
export function checkClose(code: unknown, reason: unknown): void {
  const sendable = typeof code === 'number' && Number.isInteger(code) && isSendable(code)
  if (!sendable) {
    const shown = typeof code === 'number' ? String(code) : describe(code)
    throw invalid(
      'ERR_WS_INVALID_CLOSE',
      `close code ${shown} may not be sent: 1000-1003, 1007-1014 and 3000-4999 may (RFC 6455 section 7.4)`,
    )
  }
  if (typeof reason !== 'string' || Buffer.byteLength(reason) > MAX_REASON) {
    throw invalid(
      'ERR_WS_INVALID_CLOSE',
      `a close reason is a string of at most ${MAX_REASON} bytes of UTF-8`,
    )
  }
}

/** Found once, and not on the addon's object for each message. */
const { sendBinary, sendBytes, sendText } = native

/** What a connection needs of its settings. What was for connecting, keys and certificates among it, it lets go. */
type Kept = Omit<Settings, 'request' | 'signal' | 'lookup'>

function toAddressInfo(address: string, port: number): AddressInfo {
  const family = address.includes(':') ? 'IPv6' : 'IPv4'
  return { address, family: address === '' ? 'Unix' : family, port }
}

function isSendable(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999)
}

/** The error of a close that had to give up before everything was with the kernel. */
export function unsentError(bytes: number): TimeoutError {
  return new TimeoutError('ERR_WS_CLOSE_TIMEOUT', 'close', `${bytes} bytes were not sent within closeTimeout`)
}

/** Ends the native connection of an object that nobody holds any more. */
const collected = new FinalizationRegistry<number>((id) => native.terminate(id))

/** One connection, whatever its face. */
export abstract class BaseConnection {
  protected readonly id: number
  protected readonly settings: Kept
  readonly #url: string
  protected readonly inbox: Inbox
  /** @internal */
  readonly leases: Leases | undefined
  readonly #opened: Opened
  readonly #attempt: Attempt
  /** Made when it is first asked for, which most programs never do. */
  #response: UpgradeResponse | undefined
  #state: number = OPEN
  #closeCode: number | undefined
  #closeReason = ''
  #wasClean = false
  #failure: Failure | undefined
  #last: Counters | undefined
  #batches = 0
  /** The code this side asked to close with. */
  protected closedWith: number | undefined
  protected lastLatency: number | undefined

  constructor(opened: Opened, settings: Settings, attempt: Attempt) {
    this.id = opened.id
    const { request, signal: _signal, lookup: _lookup, ...kept } = settings
    this.settings = kept
    this.#url = request.url
    this.inbox = new Inbox(settings.receiveQueueBytes)
    this.leases = settings.reuseMemory ? new Leases() : undefined
    this.#opened = opened
    this.#attempt = attempt
  }

  /** The URL given to `connect`. */
  get url(): string {
    return this.#url
  }

  /** The subprotocol the server chose; `''` for none. */
  get protocol(): string {
    return this.#opened.protocol
  }

  /**
   * The response that opened the connection: its status and headers, names in lower case. Repeated ones are joined with
   * `, `, and only `set-cookie` is a list. After redirects it is the last one.
   */
  get response(): UpgradeResponse {
    this.#response ??= toResponse(this.#opened.headers)
    return this.#response
  }

  /** The extensions in use; `''` in this version. */
  get extensions(): string {
    return ''
  }

  /** 1 OPEN, 2 CLOSING or 3 CLOSED. */
  get readyState(): number {
    return this.#state
  }

  /** Bytes accepted by `send` and not yet taken by the kernel. Sends that wait are not counted. */
  get bufferedAmount(): number {
    return Math.max(native.buffered(this.id), 0)
  }

  /** Address, family and port of this end, as `net.Server.address()` gives them; `''`, `'Unix'` and 0 on a Unix socket. */
  get localAddress(): AddressInfo {
    return toAddressInfo(this.#opened.localAddress, this.#opened.localPort)
  }

  /** Address, family and port of the peer, or of the proxy before it; `''`, `'Unix'` and 0 on a Unix socket. */
  get remoteAddress(): AddressInfo {
    return toAddressInfo(this.#opened.remoteAddress, this.#opened.remotePort)
  }

  /** The peer's close code, 1005 where it sent none, 1006 where it sent no close frame; `undefined` while open. */
  get closeCode(): number | undefined {
    return this.#closeCode
  }

  /** The peer's close reason. */
  get closeReason(): string {
    return this.#closeReason
  }

  /** Whether the closing handshake was completed (RFC 6455 section 7.1.4). */
  get wasClean(): boolean {
    return this.#wasClean
  }

  /** Round trip of the last answered ping, in ms; `undefined` before the first. */
  get latency(): number | undefined {
    return this.lastLatency
  }

  /** Counters so far. */
  stats(): Stats {
    return {
      ...(native.counters(this.id) ?? this.#last ?? NO_COUNTERS),
      batches: this.#batches,
      bufferedAmount: this.bufferedAmount,
      queuedMessages: this.inbox.length,
      queuedBytes: this.inbox.bytes,
    }
  }

  // What native code does for a connection. A negative number says that the connection is over.

  /** Gives one message to native code: bytes unsent now. */
  protected transmit(data: Data): number {
    if (typeof data === 'string') return sendText(this.id, data, data.length)
    const sent = sendBytes(this.id, data)
    if (sent !== OTHER) return sent
    const view = toView(data)
    const unsent = sendBinary(this.id, view)
    return unsent === EMPTY ? sendBinary(this.id, present(view), true) : unsent
  }

  /** Says whether more sends follow at once, with which those before may leave. */
  protected cork(corked: boolean): void {
    native.cork(this.id, corked)
  }

  protected transmitPing(payload: NodeJS.ArrayBufferView): number {
    return native.ping(this.id, payload)
  }

  protected transmitClose(code: number, reason: string): number {
    return native.close(this.id, code, reason)
  }

  /** Says whether messages are wanted. `true` where some have arrived that take a turn to get. */
  protected setReading(reading: boolean): boolean {
    return native.setReading(this.id, reading)
  }

  protected setReferenced(referenced: boolean): void {
    native.setReferenced(this.id, referenced)
  }

  /** Hands over what has arrived and nothing will announce. */
  protected turn(): void {
    native.turn(this.id)
  }

  /** Runs the keepalive: ms until it wants to run again, -1 for never, -2 after it sent a ping. */
  protected tick(): number {
    return native.tick(this.id)
  }

  /** Waits on this thread; a value of `Woken`. */
  protected block(drainTo: number, read: boolean, timeout: number, signals: number): number {
    return block(this.id, this, drainTo, read, timeout, signals)
  }

  /** The error of a call on a connection that is over: the reason it failed for, or that it closed. */
  protected endError(): Error {
    if (this.#failure !== undefined) return toError(this.#failure)
    const code = this.#closeCode ?? this.closedWith ?? ABNORMAL
    if (this.closedWith !== undefined) {
      return new ConnectionClosedError(
        'the connection was closed here',
        code,
        this.#closeReason,
        this.#wasClean,
      )
    }
    const reason = this.#closeReason === '' ? '' : `: ${this.#closeReason}`
    const message = `the connection is closed, code ${code}${reason}`
    return new ConnectionClosedError(message, code, this.#closeReason, this.#wasClean)
  }

  /** Whether iteration ends without an error: the peer said 1000 or 1001, or this side closed. */
  protected get endedNormally(): boolean {
    if (this.settings.endsQuietly) return true
    const violation = this.#failure !== undefined && this.#failure.code !== 'ERR_WS_CLOSED'
    if (violation) return false
    return this.closedWith !== undefined || this.#closeCode === NORMAL || this.#closeCode === GOING_AWAY
  }

  /** No message will come any more. */
  protected get isOver(): boolean {
    return this.#closeCode !== undefined || this.#state === CLOSED
  }

  protected setClosing(): void {
    if (this.#state === OPEN) this.#state = CLOSING
  }

  /** For a connection that no loop holds: dropping the object ends it. */
  protected endWhenCollected(): void {
    collected.register(this, this.id, this)
  }

  /** Ends the connection on this side, whatever the peer thinks. */
  protected end(): void {
    if (this.#state === CLOSED) return
    this.#last = native.counters(this.id) ?? this.#last
    native.terminate(this.id)
    collected.unregister(this)
    this.#state = CLOSED
    this.leases?.abandon()
    this.#closeCode ??= ABNORMAL
    this.#attempt.close(this)
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
  handleBatchEnd(): void {
    this.leases?.seal(this.inbox.taken + this.inbox.length)
  }

  /** @internal */
  handleBatch(): void {
    this.#batches += 1
  }

  /** @internal */
  handleCloseFrame(payload: Buffer): void {
    this.setClosing()
    this.#closeCode = payload.readUInt16BE(0)
    this.#closeReason = payload.toString('utf8', 2)
    this.#wasClean = this.#closeCode !== ABNORMAL
  }

  /** @internal */
  handleEnd(failure?: Failure): void {
    // After the peer's close frame an unfriendly end of TCP changes nothing.
    if (this.#closeCode === undefined && failure !== undefined) {
      this.#failure = failure
      this.#closeCode = failure.closeCode ?? ABNORMAL
    }
    this.#closeCode ??= ABNORMAL
    this.end()
  }
}
