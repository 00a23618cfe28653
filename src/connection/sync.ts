/** Connections of the blocking API: the same names as those of the promise API, waiting on the calling thread. */

import type { Attempt } from '../diagnostics/attempt.js'
import { TimeoutError, WebSocketError } from '../errors/classes.js'
import {
  type Opened,
  SEND_READ_FIRST,
  WOKEN_BUSY,
  WOKEN_DEADLINE,
  WOKEN_DELIVERED,
  WOKEN_GONE,
  WOKEN_INTERRUPTED,
} from '../native/binding.js'
import { type Data, type Message, toPingPayload } from '../native/payload.js'
import { interrupted, watchedSignals } from '../native/signals.js'
import { now } from '../node/timers.js'
import type { Settings } from '../options/settings.js'
import { type RecvManyOptions, toRecvMany, toWait, type Wait, type WaitOptions } from '../options/wait.js'
import { BaseConnection } from './base.js'
import { ABNORMAL, CLOSED, checkClose, NORMAL, OPEN, unsentError } from './close.js'
import { Deadline } from './deadline.js'
import type { Closed } from './end.js'
import { parseJSON, SyncJSONMessages, toJSON } from './json.js'
import { sendExpired } from './outbox.js'
import { checkMessages, type Messages } from './send-many.js'
import { within } from './waiters.js'

/** The error of a blocking call that is made while native code reads connections on this thread. */
function reentrant(): WebSocketError {
  const message = 'a blocking call cannot be made from a function that allocates memory for received messages'
  return new WebSocketError('ERR_WS_REENTRANT', 'open', message)
}

/** Time that a send waits for a peer that takes nothing, below `highWaterMark`, in ms. */
const STALL_TIMEOUT = 5000

/**
 * An open WebSocket connection (RFC 6455) of the blocking API. Its calls block the thread. Only calls answer pings and
 * run the keepalive; calls that send read the socket every few milliseconds.
 *
 * @example
 * using ws = connect('ws://localhost:8080')
 * ws.send('hello')
 * console.log(ws.recv())
 */
export class SyncConnection extends BaseConnection implements Disposable, Iterable<Message> {
  /** The payload of the pending ping. */
  #awaited: Buffer | undefined
  #pings = 0
  /** Bytes unsent after the last send, an upper bound of those unsent now. */
  #unsent = 0
  /** When the connection is idle for `idleTimeout`; missing without that option. */
  #idleAt: Deadline | undefined
  /** Whether sends are held until more have followed. */
  #isCorked = false
  /** Whether the peer takes nothing. Sends below `highWaterMark` then do not wait. */
  #isStalled = false

  /** @internal */
  constructor(opened: Opened, settings: Settings, attempt: Attempt) {
    super(opened, settings, attempt)
    this.endWhenCollected()
    this.#noteMessage()
  }

  /**
   * Sends a message: text for a string, binary for anything else. Blocks until the kernel has taken it, at most for
   * `sendTimeout` and only while the peer reads. Meanwhile it reads up to the limit of the receive queue, so that a peer
   * that echoes is not blocked. Bytes left over leave during later calls. If `highWaterMark` bytes or more are unsent,
   * first waits until enough of them have left.
   *
   * @param options `timeout` in ms, default `sendTimeout`; `signal`
   * @throws TypeError `ERR_WS_INVALID_DATA`; TimeoutError `ERR_WS_SEND_TIMEOUT`, and the message is not sent;
   * ConnectionClosedError; WebSocketError `ERR_WS_INTERRUPTED`.
   */
  send(data: Data, options?: WaitOptions): void {
    if (this.readyState !== OPEN) throw this.endError()
    const wait = toWait(options, 'sendTimeout', this.settings.sendTimeout)
    let deadline: Deadline | undefined
    if (this.#isAtMark) {
      deadline = new Deadline(wait.timeout)
      this.#drain(deadline, wait)
    }
    const unsent = this.transmit(data)
    this.#unsent = unsent < 0 ? this.#transmitAgain(unsent, () => this.transmit(data)) : unsent
    if (this.#unsent > 0 && !this.#isCorked) this.#settle(deadline ?? new Deadline(wait.timeout))
  }

  /**
   * Sends messages in order. The messages of an array leave in as few writes as possible. Stops at the first message
   * that fails: those before it were sent, those after it were not.
   *
   * @param options as of `send`, for each message
   * @throws TypeError `ERR_WS_INVALID_DATA` also for a string and for what is not iterable; what the iterable throws; as
   * {@link SyncConnection.send}.
   */
  sendMany(messages: Messages, options?: WaitOptions): void {
    checkMessages(messages, Symbol.iterator)
    // An array runs no code between the messages, which would delay those already sent.
    this.#cork(Array.isArray(messages))
    try {
      for (const message of messages) this.send(message, options)
    } finally {
      this.#cork(false)
    }
    if (this.#unsent > 0 && this.bufferedAmount > 0)
      this.#settle(new Deadline(toWait(options, 'sendTimeout', this.settings.sendTimeout).timeout))
  }

  /**
   * Sends a message without waiting. Returns whether it was accepted: not if `highWaterMark` bytes are unsent, or the
   * connection is not open. What the kernel does not take leaves during later calls.
   *
   * @throws TypeError `ERR_WS_INVALID_DATA`; WebSocketError `ERR_WS_INTERRUPTED`.
   */
  trySend(data: Data): boolean {
    if (this.readyState !== OPEN || this.#isAtMark) return false
    let unsent = this.transmit(data)
    while (unsent === SEND_READ_FIRST) {
      this.#block(-1, new Deadline(0), !this.inbox.isFull)
      if (this.#hasEnded) return false
      unsent = this.transmit(data)
    }
    if (unsent < 0) return false
    this.#unsent = unsent
    return true
  }

  /**
   * Sends a value as a text message of JSON (RFC 8259).
   *
   * @param options as of `send`
   * @throws TypeError `ERR_WS_INVALID_DATA` if the value has no JSON text; as {@link SyncConnection.send}.
   */
  sendJSON(value: unknown, options?: WaitOptions): void {
    this.send(toJSON(value), options)
  }

  /**
   * Waits until the kernel has taken everything that was sent.
   *
   * @param options `timeout` in ms, default `sendTimeout`; `signal`
   * @throws TimeoutError `ERR_WS_SEND_TIMEOUT`, and the connection stays open; ConnectionClosedError; WebSocketError
   * `ERR_WS_INTERRUPTED`.
   */
  flush(options?: WaitOptions): void {
    const wait = toWait(options, 'sendTimeout', this.settings.sendTimeout)
    if (this.readyState !== OPEN) throw this.endError()
    const deadline = new Deadline(wait.timeout)
    while (this.bufferedAmount > 0) {
      const woken = this.#block(0, deadline)
      if (this.#hasEnded) throw this.endError()
      if (woken !== WOKEN_DEADLINE || this.bufferedAmount === 0) continue
      const message = `${this.bufferedAmount} bytes were not sent ${within(wait)}`
      throw this.explain(new TimeoutError('ERR_WS_SEND_TIMEOUT', 'open', message))
    }
  }

  /**
   * Returns the next message: a string for text, a Buffer for binary. With `reuseMemory`, earlier messages become
   * invalid.
   *
   * @param options `timeout` in ms, default `receiveTimeout`; `signal`
   * @throws TimeoutError `ERR_WS_RECEIVE_TIMEOUT`, and the connection stays open; ConnectionClosedError, ProtocolError
   * or MessageTooBigError if the connection has ended and all messages are taken; WebSocketError `ERR_WS_INTERRUPTED`.
   */
  recv(options?: WaitOptions): Message {
    return this.#recv(toWait(options, 'receiveTimeout', this.settings.receiveTimeout))
  }

  /**
   * Returns all messages that have arrived and are not taken yet, at least one.
   *
   * @param options `max` messages; `timeout` in ms, default `receiveTimeout`; `signal`
   * @throws As {@link SyncConnection.recv}.
   */
  recvMany(options?: RecvManyOptions): Message[] {
    const { most, wait } = toRecvMany(options)
    const first = this.recv(wait)
    return [first, ...this.inbox.take(most - 1)]
  }

  /**
   * Returns the next message if one is queued or has arrived; `undefined` otherwise. Reads the socket once, without
   * waiting. Does not throw if the connection has ended: {@link SyncConnection.closed} reports it.
   *
   * @throws WebSocketError `ERR_WS_INTERRUPTED`.
   */
  tryRecv(): Message | undefined {
    this.leases?.release(this.inbox.taken)
    const message = this.inbox.shift()
    if (message !== undefined || this.isOver) return message
    this.#block(-1, new Deadline(0))
    return this.inbox.shift()
  }

  /**
   * Receives a message and parses it as JSON (RFC 8259): a text, or binary UTF-8. The type `T` is not checked.
   *
   * @param options as of `recv`
   * @throws InvalidJSONError `ERR_WS_INVALID_JSON` with the message, and the connection stays open; as
   * {@link SyncConnection.recv}.
   */
  recvJSON<T = unknown>(options?: WaitOptions): T {
    return this.#parse<T>(this.recv(options))
  }

  /**
   * Iterates over the messages as {@link SyncConnection.recvJSON} parses them, until the connection ends as for iteration.
   * A message that is not JSON is thrown by one call of `next`, and the iterator can go on; a loop ends with the error.
   */
  json<T = unknown>(): IterableIterator<T> {
    return new SyncJSONMessages(this[Symbol.iterator](), (message) => this.#parse<T>(message))
  }

  /** How the connection ended: from the peer's close frame on, or the end without one. `undefined` before. */
  get closed(): Closed | undefined {
    return this.ending
  }

  /**
   * Iterates over the messages until the connection ends: without an error for the close codes 1000 and 1001, otherwise
   * by throwing one.
   */
  *[Symbol.iterator](): IterableIterator<Message> {
    for (;;) {
      if (this.inbox.length === 0 && this.isOver && this.endedNormally) return
      let message: Message
      try {
        message = this.#recv({ timeout: this.settings.iterationTimeout, option: 'receiveTimeout' })
      } catch (error) {
        if (this.isOver && this.endedNormally) return
        throw error
      }
      yield message
    }
  }

  /**
   * Pings the peer (RFC 6455 section 5.5.2) and waits for its pong. Messages that arrive before it are queued for
   * `recv`.
   *
   * @param data at most 125 bytes. Default: a counter
   * @param options `timeout` in ms, default `pingTimeout`; `signal`
   * @returns the round trip in ms
   * @throws TypeError `ERR_WS_INVALID_DATA`; TimeoutError `ERR_WS_PING_TIMEOUT`, and the connection stays open;
   * ConnectionClosedError; WebSocketError `ERR_WS_INTERRUPTED`.
   */
  ping(data?: Data, options?: WaitOptions): number {
    if (this.readyState !== OPEN) throw this.endError()
    const wait = toWait(options, 'pingTimeout', this.settings.pingTimeout)
    const deadline = new Deadline(wait.timeout)
    const payload = toPingPayload(data === undefined ? `ping ${++this.#pings}` : data)
    const sentAt = now()
    this.#awaited = payload
    const unsent = this.transmitPing(payload)
    if (unsent < 0) this.#transmitAgain(unsent, () => this.transmitPing(payload))
    while (this.#awaited === payload) {
      if (this.isOver) throw this.endError()
      // A pong behind a full receive queue cannot be read.
      const isBehind = this.inbox.isFull
      if (isBehind || this.#blockUntil(deadline)) throw this.unansweredError(wait, isBehind)
    }
    this.lastLatency = now() - sentAt
    return this.lastLatency
  }

  /**
   * Closes the connection: sends what is unsent, then performs the closing handshake (RFC 6455 section 7), all within
   * `closeTimeout`.
   *
   * @param code 1000-1003, 1007-1014 or 3000-4999
   * @param reason at most 123 bytes
   * @throws TypeError `ERR_WS_INVALID_CLOSE`; TimeoutError `ERR_WS_CLOSE_TIMEOUT` if messages were not sent, and the
   * connection is closed; WebSocketError `ERR_WS_INTERRUPTED`.
   */
  close(code: number = NORMAL, reason = ''): void {
    checkClose(code, reason)
    if (this.readyState === CLOSED) return
    const deadline = new Deadline(this.settings.closeTimeout)
    if (!this.isOver) this.closedWith ??= code
    this.setClosing()
    this.transmitClose(code, reason)
    while (!this.#hasEnded && !this.#blockUntil(deadline));
    const unsent = this.bufferedAmount
    this.end()
    if (unsent > 0) throw this.explain(unsentError(unsent))
  }

  /** Ends the connection at once, without a close frame. Messages that the kernel does not take are lost. */
  terminate(): void {
    if (this.readyState === CLOSED) return
    // After the peer's close frame, its code says how the connection has ended.
    if (!this.isOver) this.closedWith ??= ABNORMAL
    this.end()
  }

  /** Does nothing: a connection of the blocking API never keeps the process alive. */
  ref(): this {
    return this
  }

  /** Does nothing: a connection of the blocking API never keeps the process alive. */
  unref(): this {
    return this
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** A getter, because TypeScript would narrow `readyState` across calls that change it. */
  get #hasEnded(): boolean {
    return this.readyState === CLOSED
  }

  /** Whether `highWaterMark` bytes or more are unsent. */
  get #isAtMark(): boolean {
    const { highWaterMark } = this.settings
    return this.#unsent >= highWaterMark && this.bufferedAmount >= highWaterMark
  }

  #parse<T>(message: Message): T {
    return parseJSON<T>(message, (error) => this.explain(error))
  }

  #recv(wait: Wait): Message {
    this.leases?.release(this.inbox.taken)
    let message = this.inbox.shift()
    if (message !== undefined) return message
    const deadline = new Deadline(wait.timeout)
    while (message === undefined) {
      if (this.isOver) throw this.endError()
      const woken = this.#block(
        -1,
        this.#idleAt === undefined ? deadline : deadline.within(this.#idleAt.left),
      )
      message = this.inbox.shift()
      if (woken !== WOKEN_DEADLINE || message !== undefined) continue
      if (deadline.left === 0) throw this.#lateError(wait)
      if (this.#idleAt?.left === 0) this.#endIdle()
    }
    return message
  }

  #lateError(wait: Wait): Error {
    return this.explain(new TimeoutError('ERR_WS_RECEIVE_TIMEOUT', 'open', `no message came ${within(wait)}`))
  }

  #noteMessage(): void {
    const { idleTimeout } = this.settings
    if (idleTimeout !== Number.POSITIVE_INFINITY) this.#idleAt = new Deadline(idleTimeout)
  }

  #endIdle(): void {
    this.failIdle()
    this.end()
  }

  #cork(corked: boolean): void {
    this.#isCorked = corked
    this.cork(corked)
  }

  /** Repeats a send that returned a negative number. `SEND_READ_FIRST` asks to read the socket before the send. */
  #transmitAgain(result: number, send: () => number): number {
    let unsent = result
    while (unsent === SEND_READ_FIRST) {
      this.#block(-1, new Deadline(0), !this.inbox.isFull)
      if (this.readyState !== OPEN) throw this.endError()
      unsent = send()
    }
    if (unsent < 0) throw this.#lostError()
    return unsent
  }

  /** The error of a message that cannot be sent. Reads on first: the peer's close frame may be unread. */
  #lostError(): Error {
    const deadline = new Deadline(Math.min(this.settings.closeTimeout, 1000))
    while (this.readyState === OPEN && !this.#blockUntil(deadline));
    return this.endError()
  }

  /** Waits until the kernel has taken what was accepted. Stops if it takes nothing. */
  #settle(deadline: Deadline): void {
    let [left, before] = [this.bufferedAmount, Number.POSITIVE_INFINITY]
    while (left > 0 && left < before && deadline.left !== 0) {
      before = left
      this.#waitForRoom(deadline.within(this.#isStalled ? 0 : STALL_TIMEOUT))
      left = this.bufferedAmount
      this.#isStalled = left >= before
    }
    if (left === 0) this.#isStalled = false
  }

  /** Waits until the kernel has taken everything or the deadline has passed. Polls the socket at least once. */
  #waitForRoom(deadline: Deadline): void {
    let woken: number
    do {
      woken = this.#block(0, deadline)
      if (this.readyState !== OPEN) throw this.endError()
    } while (woken === WOKEN_DELIVERED && deadline.left !== 0)
  }

  /** Waits until half of `highWaterMark` is unsent. */
  #drain(deadline: Deadline, wait: Wait): void {
    const { highWaterMark } = this.settings
    while (this.bufferedAmount >= highWaterMark) {
      if (this.#block(highWaterMark / 2, deadline) === WOKEN_DEADLINE) {
        throw this.explain(sendExpired(wait))
      }
    }
  }

  /** Reads once. Returns whether the deadline has passed, even if the peer never stops sending. */
  #blockUntil(deadline: Deadline): boolean {
    return this.#block(-1, deadline) === WOKEN_DEADLINE || deadline.left === 0
  }

  #block(drainTo: number, deadline: Deadline, read = drainTo < 0 || !this.inbox.isFull): number {
    const woken = this.block(drainTo, read, deadline.left, watchedSignals())
    if (woken === WOKEN_INTERRUPTED) throw this.explain(interrupted())
    if (woken === WOKEN_BUSY) throw this.explain(reentrant())
    if (woken === WOKEN_GONE) this.end()
    return woken
  }

  /** @internal */
  handleMessage(message: Message, bytes: number): void {
    this.#noteMessage()
    if (this.closedWith !== undefined && this.inbox.isFull) return
    this.inbox.push(message, bytes)
  }

  /** @internal */
  handlePong(payload: Buffer, trip?: number): void {
    if (this.#awaited?.equals(payload)) this.#awaited = undefined
    this.lastLatency = trip ?? this.lastLatency
  }

  /** @internal */
  handleDrained(): void {}

  /** @internal */
  handleMore(): void {}

  /** @internal */
  handleHeld(): void {
    this.refuseMessage()
  }
}
