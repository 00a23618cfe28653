/** Connections of the promise API. */

import type { ReadableStream, WritableStream } from 'node:stream/web'
import type { Attempt } from '../diagnostics/attempt.js'
import type { Failure } from '../native/binding.js'
import { scheduleFlush } from '../native/flush.js'
import { forget, listen } from '../native/listen.js'
import type { Opened } from '../native/opened.js'
import { type Data, type Message, toPingPayload } from '../native/payload.js'
import { isSource, type Source } from '../native/source.js'
import { clearReadTimeout, own, type Timer } from '../node/timers.js'
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
import { ABNORMAL, CLOSED, Closing, checkClose, limitClose, NORMAL, OPEN, unsentError } from './close.js'
import { type Closed, run } from './end.js'
import { noteTurn } from './fair-turns.js'
import { IdleTimer } from './idle.js'
import { JSONMessages, parseJSON, toJSON } from './json.js'
import { Keepalive } from './keepalive.js'
import type { MessageStream } from './message-stream.js'
import { Pings } from './pings.js'
import { Reading } from './reading.js'
import { Receiving } from './receiving.js'
import { type AsyncMessages, checkMessages, isAsync, type Messages } from './send-many.js'
import { Sending } from './sending.js'
import { toReadable, toWritable } from './streams.js'
import { unansweredError } from './unanswered.js'

/**
 * An open WebSocket connection (RFC 6455) of the promise API.
 *
 * @example
 * await using ws = await connect('ws://localhost:8080')
 * await ws.send('hello')
 * console.log(await ws.recv())
 */
export class Connection extends BaseConnection implements AsyncDisposable, AsyncIterable<Message> {
  readonly #receiving: Receiving
  readonly #sending: Sending
  /** Made with the first use: most connections need none of them. */
  #pings: Pings | undefined
  #readable: ReadableStream<Message> | undefined
  #writable: WritableStream<Data> | undefined
  #closed: Promise<Closed> | undefined
  #resolveClosed: ((closed: Closed) => void) | undefined
  readonly #keepalive: Keepalive
  readonly #idle: IdleTimer | undefined
  readonly #reading: Reading
  #closing: Closing | undefined
  #hasCloseDeadline = false
  #closeTimer: Timer | undefined

  /** @internal */
  constructor(opened: Opened, settings: Settings, attempt: Attempt) {
    super(opened, settings, attempt)
    this.#reading = new Reading(this.id, this)
    this.#receiving = new Receiving(this.inbox, this.leases, this.#reading, this, this.settings.iterationWait)
    this.#sending = new Sending(this, settings.highWaterMark, settings.sendTimeout)
    this.#keepalive = new Keepalive(this)
    this.#idle = this.#watchIdle()
    listen(this.id, this)
    this.#reading.gather()
    // The first run also allocates the slab: once a Worker is terminated, that is no longer possible.
    this.#keepalive.start()
  }

  /**
   * Sends a message: text for a string, binary for bytes. Resolves at once while fewer than `highWaterMark` bytes are
   * unsent; otherwise when enough of them have left. Bytes are copied when the message is accepted and must not be
   * changed before.
   *
   * A Blob is a binary message. The chunks of an iterable, async iterable or ReadableStream, all strings or all bytes, are
   * one message, sent in fragments as they come; none are an empty binary message. Sends and a `close` after it wait until
   * it is complete. If it fails when a part is sent, the connection fails as well, with close code 1011.
   *
   * @param options `timeout` of each wait for the peer in ms, default `sendTimeout`; `signal`; `compress`
   * @throws TypeError `ERR_WS_INVALID_DATA`; TimeoutError `ERR_WS_SEND_TIMEOUT` or AbortError, and the message is not
   * sent; what the iterable throws; ConnectionClosedError.
   */
  send(data: Data | Source, options?: SendOptions): Promise<void> {
    return isSource(data) ? this.#sending.sendChunks(data, options) : this.#sending.send(data, options)
  }

  /**
   * Sends the messages of an iterable or async iterable in order, each as {@link Connection.send} does. The messages of an
   * array leave in as few writes as possible. Stops at the first message that fails: those before it were sent, those
   * after it were not.
   *
   * @param options as of `send`, for each message
   * @throws TypeError `ERR_WS_INVALID_DATA` also for a string and for what is not iterable; what the iterable throws; as
   * {@link Connection.send}.
   */
  sendMany(messages: Messages | AsyncMessages, options?: SendOptions): Promise<void> {
    return run(async () => {
      checkMessages(messages, Symbol.iterator, Symbol.asyncIterator)
      if (isAsync(messages)) await this.#sending.sendEach(messages, options)
      else await this.#sending.sendAll(messages, options)
    })
  }

  /**
   * Sends a message if that takes no waiting. Returns whether it was accepted: not if `highWaterMark` bytes are unsent,
   * sends are pending, or the connection is not open.
   *
   * @throws TypeError `ERR_WS_INVALID_DATA`.
   */
  trySend(data: Data): boolean {
    return this.#sending.trySend(data)
  }

  /**
   * Sends a value as a text message of JSON (RFC 8259).
   *
   * @param options as of `send`
   * @throws TypeError `ERR_WS_INVALID_DATA` if the value has no JSON text; as {@link Connection.send}.
   */
  sendJSON(value: unknown, options?: SendOptions): Promise<void> {
    try {
      return this.send(toJSON(value), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Waits until the kernel has taken everything that was sent, pending sends included.
   *
   * @param options `timeout` in ms, default `sendTimeout`; `signal`
   * @throws TimeoutError `ERR_WS_SEND_TIMEOUT` or AbortError, and the connection stays open; ConnectionClosedError.
   */
  flush(options?: WaitOptions): Promise<void> {
    return run(() => this.#sending.flush(options))
  }

  /**
   * Returns the next message: a string for text, a Buffer for binary. Each message goes to one call, in order. A call
   * that times out or is aborted takes none. With `reuseMemory`, earlier messages become invalid.
   *
   * @param options `timeout` in ms, default `receiveTimeout`; `signal`
   * @throws TimeoutError `ERR_WS_RECEIVE_TIMEOUT`; AbortError; ConnectionClosedError, ProtocolError or
   * MessageTooBigError if the connection has ended and all messages are taken.
   */
  recv(options?: WaitOptions): Promise<Message> {
    if (options === undefined) return this.#receiving.recv(this.settings.receiveWait)
    try {
      return this.#receiving.recv(toWait(options, 'receiveTimeout', this.settings.receiveTimeout))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Returns all messages that have arrived and are not taken yet, at least one.
   *
   * @param options `max` messages; `timeout` in ms, default `receiveTimeout`; `signal`
   * @throws As {@link Connection.recv}.
   */
  async recvMany(options?: RecvManyOptions): Promise<Message[]> {
    const { most, wait } = toRecvMany(options)
    const first = await this.recv(wait)
    const rest = this.#receiving.takeQueued(most - 1)
    rest.unshift(first)
    return rest
  }

  /**
   * Returns the next message if one is queued; `undefined` if none is, or if an earlier call waits for one. Messages are
   * queued when the event loop turns. Never throws: {@link Connection.closed} reports the end, also of a connection that
   * fails because the next message is larger than `maxMessageSize`.
   */
  tryRecv(): Message | undefined {
    return this.#receiving.tryRecv()
  }

  /**
   * Returns the next message as a stream, as soon as it begins to arrive: its kind, and its chunks as they come. It may be
   * of any size, since `maxMessageSize` limits only messages that are gathered. Chunks count to the limit of the receive
   * queue until they are taken. Calls behind it get the messages after it, when it is read to its end or cancelled.
   *
   * @param options `timeout` in ms, default `receiveTimeout`; `signal`
   * @throws As {@link Connection.recv}, and then takes no message.
   */
  async recvStream(options?: WaitOptions): Promise<MessageStream> {
    return this.#receiving.recvStream(toWait(options, 'receiveTimeout', this.settings.receiveTimeout))
  }

  /**
   * Receives a message and parses it as JSON (RFC 8259): a text, or binary UTF-8. The type `T` is not checked.
   *
   * @param options as of `recv`
   * @throws InvalidJSONError `ERR_WS_INVALID_JSON` with the message, and the connection stays open; as
   * {@link Connection.recv}.
   */
  async recvJSON<T = unknown>(options?: WaitOptions): Promise<T> {
    return this.#parse<T>(await this.recv(options))
  }

  /**
   * Iterates over the messages as {@link Connection.recvJSON} parses them, until the connection ends as for iteration. A
   * message that is not JSON rejects one call of `next`, and the iterator can go on; a loop ends with the error.
   */
  json<T = unknown>(): AsyncIterableIterator<T> {
    return new JSONMessages(this[Symbol.asyncIterator](), (message) => this.#parse<T>(message))
  }

  /**
   * Iterates over the messages until the connection ends: without an error for the close codes 1000 and 1001, otherwise
   * by throwing one.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message> {
    return this.#receiving.iterate(this.settings.iterationWait)
  }

  /**
   * The received messages as a web stream, always the same one. Takes a message only when the stream is pulled; `recv`
   * and iteration beside it take messages from it. Closes on the close codes 1000 and 1001 and after `close` on this side;
   * otherwise fails with the error of the connection. Cancelling it closes the connection.
   */
  get readable(): ReadableStream<Message> {
    this.#readable ??= toReadable(this)
    return this.#readable
  }

  /**
   * A web stream that sends each chunk as a message, always the same one. Its writes wait as {@link Connection.send}
   * does. Closing it closes the connection; aborting it terminates the connection.
   */
  get writable(): WritableStream<Data> {
    this.#writable ??= toWritable(this)
    return this.#writable
  }

  /** Resolves when the connection has ended, and says how. Never rejects. */
  get closed(): Promise<Closed> {
    this.#closed ??= new Promise((resolve) => {
      if (this.readyState !== CLOSED || this.ending === undefined) this.#resolveClosed = resolve
      else resolve(this.ending)
    })
    return this.#closed
  }

  /**
   * Pings the peer (RFC 6455 section 5.5.2) and waits for its pong.
   *
   * @param data at most 125 bytes. Default: a counter
   * @param options `timeout` in ms, default `pingTimeout`; `signal`
   * @returns the round trip in ms
   * @throws TypeError `ERR_WS_INVALID_DATA`; TimeoutError `ERR_WS_PING_TIMEOUT`, and the connection stays open;
   * AbortError; ConnectionClosedError.
   */
  ping(data?: Data, options?: WaitOptions): Promise<number> {
    return run(async () => {
      if (this.readyState !== OPEN) throw this.endError()
      const payload = data === undefined ? undefined : toPingPayload(data)
      this.#pings ??= new Pings(
        (each) => this.transmitPing(each),
        own,
        () => this.turn(),
        (wait) =>
          this.explain(unansweredError(wait, this.#reading.isStopped ? this.inbox.length : undefined)),
      )
      const round = this.#pings.send(payload, toWait(options, 'pingTimeout', this.settings.pingTimeout))
      if (round === undefined) throw this.endError()
      scheduleFlush()
      return round
    })
  }

  /**
   * Closes the connection: sends what is pending, then performs the closing handshake (RFC 6455 section 7), all within
   * `closeTimeout`. Resolves when the connection has ended. Messages that arrive meanwhile can still be received, up to
   * the limit of the receive queue.
   *
   * @param code 1000-1003, 1007-1014 or 3000-4999
   * @param reason at most 123 bytes
   * @throws TypeError `ERR_WS_INVALID_CLOSE`; TimeoutError `ERR_WS_CLOSE_TIMEOUT` if messages were not sent, and the
   * connection is closed.
   */
  async close(code: number = NORMAL, reason = ''): Promise<void> {
    checkClose(code, reason)
    if (this.readyState === CLOSED) return
    if (this.#closing === undefined) this.#startClosing(code, reason)
    return this.#closing?.promise
  }

  /** Ends the connection at once, without a close frame. Messages that the kernel does not take are lost. */
  terminate(): void {
    if (this.readyState === CLOSED) return
    // After the peer's close frame, its code says how the connection has ended.
    if (!this.isOver) this.closedWith ??= ABNORMAL
    this.#finish()
  }

  /** Keeps the process alive while the connection is open, which is the default. */
  ref(): this {
    this.#reading.setReferenced(true)
    return this
  }

  /** Lets the process exit while the connection is open. */
  unref(): this {
    this.#reading.setReferenced(false)
    return this
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * Whether messages are accepted.
   * @internal
   */
  get isSending(): boolean {
    return this.readyState === OPEN && this.#closing === undefined
  }

  /**
   * Whether calls wait for a turn of the loop although messages are queued.
   * @internal
   */
  get isYielding(): boolean {
    return this.#receiving.isYielding
  }

  /** @internal */
  receiveStream(): void {
    if (this.requestStream()) this.#reading.scheduleTurn()
  }

  /** @internal */
  skipMessage(): void {
    if (this.requestSkip()) this.#reading.scheduleTurn()
  }

  /** @internal */
  refuseMessage(): void {
    if (this.requestRefusal()) this.#reading.scheduleTurn()
  }

  /** @internal */
  failTooBig(): void {
    this.failSize()
    this.#finish()
  }

  /**
   * Fails the connection: a message was sent in part, and the rest will not come.
   * @internal
   */
  failSend(cause: unknown): void {
    if (this.isOver) return
    this.failFragmented(cause)
    this.#finish()
  }

  #parse<T>(message: Message): T {
    return parseJSON<T>(message, (error) => this.explain(error))
  }

  #watchIdle(): IdleTimer | undefined {
    const { idleTimeout } = this.settings
    if (idleTimeout === Number.POSITIVE_INFINITY) return undefined
    return new IdleTimer(idleTimeout, {
      isReading: () => !this.#reading.isStopped,
      turn: () => this.turn(),
      expire: () => {
        this.failIdle()
        this.#finish()
      },
    })
  }

  #startClosing(code: number, reason: string): void {
    this.#closing = new Closing()
    // From here on closeTimeout limits the wait.
    this.#idle?.stop()
    this.closedWith = this.closeCode === undefined ? code : undefined
    this.#startCloseTimer()
    this.#receiving.close()
    if (this.#reading.isPaused) this.#reading.resume()
    // Pending sends come first.
    this.#sending.whenEmpty(() => {
      this.setClosing()
      this.transmitClose(code, reason)
    })
  }

  #startCloseTimer(): void {
    if (this.#hasCloseDeadline) return
    this.#hasCloseDeadline = true
    // A close by the peer keeps the process alive only as long as the socket does.
    this.#closeTimer = limitClose(this, this.settings.closeTimeout, this.#closing !== undefined)
  }

  /**
   * Ends the connection after `closeTimeout`. Rejects `close` if messages were not sent.
   * @internal
   */
  handleCloseDue(): void {
    if (this.readyState === CLOSED) return
    const unsent = this.bufferedAmount
    const { isFragmenting } = this.#sending
    if (unsent > 0 || isFragmenting) this.#closing?.reject(this.explain(unsentError(unsent, isFragmenting)))
    this.#finish()
  }

  #finish(): void {
    this.end()
    forget(this.id)
    if (this.#closeTimer !== undefined) clearReadTimeout(this.#closeTimer)
    this.#reading.end()
    this.#keepalive.stop()
    this.#idle?.stop()
    this.#rejectWaiting()
    this.#closing?.resolve()
    if (this.#resolveClosed !== undefined && this.ending !== undefined) this.#resolveClosed(this.ending)
  }

  #rejectWaiting(): void {
    this.#receiving.end()
    this.#pings?.rejectAll(() => this.endError())
    this.#sending.end()
  }

  /** @internal */
  handleMessage(message: Message, bytes: number): void {
    this.#idle?.noteMessage()
    // During a close, messages beyond the limit are dropped.
    this.#receiving.handleMessage(message, bytes, this.#closing === undefined)
  }

  /** @internal */
  handleStreamStart(kind: Kind): void {
    this.#receiving.handleStreamStart(kind)
  }

  /** @internal */
  handleStreamEnd(): void {
    this.#receiving.handleStreamEnd(this.#closing === undefined)
  }

  /** @internal */
  handleHeld(): void {
    this.#receiving.handleHeld()
  }

  /** @internal */
  override handleBatch(): void {
    super.handleBatch()
    noteTurn()
    this.#idle?.startBatch()
  }

  /** @internal */
  handlePong(payload: Buffer, trip?: number): void {
    this.lastLatency = this.#pings?.settle(payload) ?? trip ?? this.lastLatency
  }

  /** @internal */
  override handleCloseFrame(code: number, reason: string): void {
    super.handleCloseFrame(code, reason)
    this.#keepalive.stop()
    this.#idle?.stop()
    this.#startCloseTimer()
    this.#rejectWaiting()
  }

  /** @internal */
  override handleEnd(failure?: Failure): void {
    super.handleEnd(failure)
    this.#finish()
  }

  /** @internal */
  handleDrained(): void {
    this.#sending.handleDrained()
  }

  /** @internal */
  handleMore(): void {
    this.#reading.scheduleTurn()
  }

  /** @internal */
  override handleBatchEnd(): void {
    super.handleBatchEnd()
    this.#receiving.handleBatchEnd()
    if (this.#reading.isPaused || !this.#receiving.isFull) return
    if (this.#closing === undefined && this.readyState !== CLOSED) this.#reading.pause()
  }
}
