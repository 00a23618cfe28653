/** Connections of the blocking API: the same names as those of the promise API, waiting on the calling thread. */

import type { Attempt } from '../diagnostics/attempt.js'
import { WebSocketError } from '../errors/classes.js'
import { WOKEN_BUSY, WOKEN_DEADLINE, WOKEN_GONE, WOKEN_INTERRUPTED } from '../native/binding.js'
import type { Opened } from '../native/opened.js'
import { type Data, type Message, toPingPayload } from '../native/payload.js'
import { interrupted, watchedSignals } from '../native/signals.js'
import { type Chunks, isSource } from '../native/source.js'
import { now } from '../node/timers.js'
import type { Settings } from '../options/settings.js'
import {
  type RecvManyOptions,
  type SendOptions,
  toRecvMany,
  toWait,
  type WaitOptions,
} from '../options/wait.js'
import type { Kind } from './arriving-message.js'
import { BaseConnection } from './base.js'
import { ABNORMAL, CLOSED, checkClose, NORMAL, OPEN, unsentError } from './close.js'
import { Deadline } from './deadline.js'
import type { Closed } from './end.js'
import { parseJSON, SyncJSONMessages, toJSON } from './json.js'
import type { Messages } from './send-many.js'
import type { SyncMessageStream } from './sync-message-stream.js'
import { SyncReceiving } from './sync-receiving.js'
import { SyncSending } from './sync-sending.js'
import { unansweredError } from './unanswered.js'

/** The error of a blocking call that is made while native code reads connections on this thread. */
function reentrant(): WebSocketError {
  const message = 'a blocking call cannot be made from a function that allocates memory for received messages'
  return new WebSocketError('ERR_WS_REENTRANT', 'open', message)
}

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
  readonly #sending: SyncSending
  readonly #receiving: SyncReceiving

  /** @internal */
  constructor(opened: Opened, settings: Settings, attempt: Attempt) {
    super(opened, settings, attempt)
    this.#sending = new SyncSending(this, settings)
    this.#receiving = new SyncReceiving(this.inbox, this.leases, this, settings)
    this.endWhenCollected()
  }

  /**
   * Sends a message: text for a string, binary for bytes. Blocks until the kernel has taken it, at most for
   * `sendTimeout` and only while the peer reads. Meanwhile it reads up to the limit of the receive queue, so that a peer
   * that echoes is not blocked. Bytes left over leave during later calls. If `highWaterMark` bytes or more are unsent,
   * first waits until enough of them have left.
   *
   * The chunks of an iterable, all strings or all bytes, are one message, sent in fragments as they come; none are an empty
   * binary message. If it fails when a part is sent, the connection fails as well, with close code 1011.
   *
   * @param options `timeout` in ms, of each fragment, default `sendTimeout`; `signal`; `compress`
   * @throws TypeError `ERR_WS_INVALID_DATA`, also for a Blob and an async iterable; TimeoutError `ERR_WS_SEND_TIMEOUT`,
   * and the message is not sent; what the iterable throws; ConnectionClosedError; WebSocketError `ERR_WS_INTERRUPTED`, or
   * `ERR_WS_REENTRANT` if the iterable itself sends.
   */
  send(data: Data | Chunks, options?: SendOptions): void {
    if (isSource(data)) this.#sending.sendChunks(data, options)
    else this.#sending.send(data, options)
  }

  /**
   * Sends messages in order. The messages of an array leave in as few writes as possible. Stops at the first message
   * that fails: those before it were sent, those after it were not.
   *
   * @param options as of `send`, for each message
   * @throws TypeError `ERR_WS_INVALID_DATA` also for a string and for what is not iterable; what the iterable throws; as
   * {@link SyncConnection.send}.
   */
  sendMany(messages: Messages, options?: SendOptions): void {
    this.#sending.sendMany(messages, options)
  }

  /**
   * Sends a message without waiting. Returns whether it was accepted: not if `highWaterMark` bytes are unsent, or the
   * connection is not open. What the kernel does not take leaves during later calls.
   *
   * @throws TypeError `ERR_WS_INVALID_DATA`; WebSocketError `ERR_WS_INTERRUPTED`.
   */
  trySend(data: Data): boolean {
    return this.#sending.trySend(data)
  }

  /**
   * Sends a value as a text message of JSON (RFC 8259).
   *
   * @param options as of `send`
   * @throws TypeError `ERR_WS_INVALID_DATA` if the value has no JSON text; as {@link SyncConnection.send}.
   */
  sendJSON(value: unknown, options?: SendOptions): void {
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
    this.#sending.flush(options)
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
    return this.#receiving.recv(toWait(options, 'receiveTimeout', this.settings.receiveTimeout))
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
    return [first, ...this.#receiving.takeQueued(most - 1)]
  }

  /**
   * Returns the next message if one is queued or has arrived; `undefined` otherwise. Reads the socket once, without
   * waiting. Does not throw if the connection has ended: {@link SyncConnection.closed} reports it, also of a connection
   * that fails because the next message is larger than `maxMessageSize`.
   *
   * @throws WebSocketError `ERR_WS_INTERRUPTED`.
   */
  tryRecv(): Message | undefined {
    return this.#receiving.tryRecv()
  }

  /**
   * Returns the next message as a stream, as soon as it begins to arrive: its kind, and its chunks as they come. It may be
   * of any size, since `maxMessageSize` limits only messages that are gathered. Chunks count to the limit of the receive
   * queue until they are taken. Calls after it get the messages behind it, when it is read to its end or cancelled.
   *
   * @param options `timeout` in ms, default `receiveTimeout`; `signal`
   * @throws As {@link SyncConnection.recv}, and then takes no message.
   */
  recvStream(options?: WaitOptions): SyncMessageStream {
    return this.#receiving.recvStream(toWait(options, 'receiveTimeout', this.settings.receiveTimeout))
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
  [Symbol.iterator](): IterableIterator<Message> {
    return this.#receiving.iterate()
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
    if (unsent < 0) this.#sending.transmitAgain(unsent, () => this.transmitPing(payload))
    while (this.#awaited === payload) {
      if (this.isOver) throw this.endError()
      // A pong behind a full receive queue, or a message that is held, cannot be read.
      const isBehind = this.inbox.isFull || this.#receiving.isHeld
      if (isBehind || this.readOnce(deadline)) {
        throw this.explain(unansweredError(wait, isBehind ? this.inbox.length : undefined))
      }
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
    this.#receiving.close()
    this.transmitClose(code, reason)
    while (!this.#hasEnded && !this.readOnce(deadline));
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

  /** @internal */
  receiveStream(): void {
    this.requestStream()
  }

  /** @internal */
  skipMessage(): void {
    this.requestSkip()
  }

  /** @internal */
  refuseMessage(): void {
    this.requestRefusal()
  }

  /** @internal */
  failTooBig(): void {
    this.failSize()
    this.end()
  }

  /** @internal */
  endIdle(): void {
    this.failIdle()
    this.end()
  }

  /**
   * Fails the connection: a message was sent in part, and the rest will not come.
   * @internal
   */
  failSend(cause: unknown): void {
    if (this.isOver) return
    this.failFragmented(cause)
    this.end()
  }

  #parse<T>(message: Message): T {
    return parseJSON<T>(message, (error) => this.explain(error))
  }

  /**
   * Reads once. Returns whether the deadline has passed, even if the peer never stops sending.
   * @internal
   */
  readOnce(deadline: Deadline): boolean {
    return this.waitUntil(-1, deadline) === WOKEN_DEADLINE || deadline.left === 0
  }

  /**
   * Reads once if the receive queue has room.
   * @internal
   */
  readIfRoom(): void {
    this.waitUntil(-1, new Deadline(0), !this.inbox.isFull)
  }

  /**
   * Waits on this thread. Delivers what has arrived.
   *
   * @param drainTo unsent bytes to wait for; negative to wait for no writing
   * @returns one of the constants `WOKEN_`
   * @internal
   */
  waitUntil(drainTo: number, deadline: Deadline, read = drainTo < 0 || !this.inbox.isFull): number {
    const woken = this.block(drainTo, read, deadline.left, watchedSignals())
    if (woken === WOKEN_INTERRUPTED) throw this.explain(interrupted())
    if (woken === WOKEN_BUSY) throw this.explain(reentrant())
    if (woken === WOKEN_GONE) this.end()
    return woken
  }

  /** @internal */
  handleMessage(message: Message, bytes: number): void {
    this.#receiving.handleMessage(message, bytes, this.closedWith === undefined)
  }

  /** @internal */
  handleStreamStart(kind: Kind): void {
    this.#receiving.handleStreamStart(kind)
  }

  /** @internal */
  handleStreamEnd(): void {
    this.#receiving.handleStreamEnd(this.closedWith === undefined)
  }

  /** @internal */
  handleHeld(): void {
    this.#receiving.handleHeld()
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
}
