/** Connections of the promise API. */

import type { Attempt } from '../diagnostics/attempt.js'
import { AbortError, ConnectionClosedError, TimeoutError } from '../errors/classes.js'
import type { Failure, Opened } from '../native/binding.js'
import { noteTaken, scheduleFlush } from '../native/flush.js'
import { forget, listen } from '../native/listen.js'
import { type Data, type Message, toPingPayload, toView } from '../native/payload.js'
import { clearTimeout, MAX_DELAY, own, setTimeout, type Timer } from '../node/timers.js'
import { toTimeout } from '../options/checks.js'
import type { Settings } from '../options/settings.js'
import { type RecvManyOptions, toRecvMany, toWaitSignal, type WaitOptions } from '../options/wait.js'
import { BaseConnection } from './base.js'
import { ABNORMAL, CLOSED, Closing, checkClose, NORMAL, OPEN, unsentError } from './close.js'
import { DONE, LEFT, MessageIterator } from './iteration.js'
import { Keepalive } from './keepalive.js'
import { Outbox } from './outbox.js'
import { Pings } from './pings.js'
import { Reading } from './reading.js'
import { type Wait, Waiters } from './waiters.js'

/** The promise of every send that does not wait. */
const SENT: Promise<void> = Promise.resolve()
const NO_OPTIONS: WaitOptions = Object.freeze({})

const aborted = (reason: unknown) => new AbortError(reason)

/**
 * An open WebSocket connection (RFC 6455) of the promise API.
 *
 * @example
 * await using ws = await connect('ws://localhost:8080')
 * await ws.send('hello')
 * console.log(await ws.recv())
 */
export class Connection extends BaseConnection implements AsyncDisposable, AsyncIterable<Message> {
  /** Pending calls of `recv`. */
  readonly #receivers: Waiters<Message>
  readonly #outbox: Outbox
  /** Made with the first ping: most connections never send one. */
  #pings: Pings | undefined
  readonly #defaultWait: Wait
  readonly #keepalive: Keepalive
  readonly #reading: Reading
  #closing: Closing | undefined
  #closeTimer: Timer | undefined

  /** @internal */
  constructor(opened: Opened, settings: Settings, attempt: Attempt) {
    super(opened, settings, attempt)
    const timedOut = () =>
      new TimeoutError('ERR_WS_RECEIVE_TIMEOUT', 'open', 'no message came within the timeout')
    const readFirst = () => this.turn()
    this.#reading = new Reading(this.id)
    this.#receivers = new Waiters(timedOut, own, readFirst)
    this.#outbox = new Outbox((data) => this.transmit(data), settings.highWaterMark, readFirst)
    this.#defaultWait = { timeout: settings.receiveTimeout }
    this.#keepalive = new Keepalive(() => this.runKeepalive())
    listen(this.id, this)
    this.#keepalive.start()
  }

  /**
   * Sends a message: text for a string, binary for anything else. Resolves at once while fewer than
   * `highWaterMark` bytes are unsent; otherwise when enough of them have left. Bytes are copied when the message is
   * accepted and must not be changed before.
   *
   * @param options `timeout` in ms, default `sendTimeout`; `signal`
   * @throws TypeError `ERR_WS_INVALID_DATA`; TimeoutError `ERR_WS_SEND_TIMEOUT` or AbortError, and the message is not
   * sent; ConnectionClosedError.
   */
  send(data: Data, options?: WaitOptions): Promise<void> {
    if (this.readyState !== OPEN || this.#closing !== undefined) return Promise.reject(this.endError())
    try {
      if (options !== undefined || this.#outbox.mustWait) return this.#sendWaiting(data, options)
      if (!this.#outbox.send(data)) return this.#sendWaiting(data, options)
    } catch (error) {
      return Promise.reject(error)
    }
    scheduleFlush()
    return SENT
  }

  /**
   * Sends messages in order, each as {@link Connection.send} does. The messages of an array leave in as few writes as
   * possible. Stops at the first message that fails: those before it were sent, those after it were not.
   *
   * @param options as of `send`, for each message
   * @throws As {@link Connection.send}.
   */
  async sendMany(messages: Iterable<Data>, options?: WaitOptions): Promise<void> {
    // An array runs no code between the messages, which would delay those already sent.
    const corks = Array.isArray(messages)
    this.cork(corks)
    try {
      for (const message of messages) {
        const sent = this.send(message, options)
        if (sent === SENT) continue
        this.cork(false)
        await sent
        this.cork(corks)
      }
    } finally {
      this.cork(false)
    }
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
    return this.#recv(options)
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
    const rest = this.inbox.take(most - 1)
    this.#resume()
    rest.unshift(first)
    return rest
  }

  /**
   * Iterates over the messages until the connection ends: without an error for the close codes 1000 and 1001, otherwise
   * by throwing one.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message> {
    return new MessageIterator({
      next: (iterator) => this.#next(iterator),
      leave: (iterator) => {
        for (const waiter of this.#receivers.removeOf(iterator)) waiter.reject(LEFT)
      },
    })
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
  async ping(data?: Data, options?: WaitOptions): Promise<number> {
    if (this.readyState !== OPEN) throw this.endError()
    const payload = data === undefined ? undefined : toPingPayload(data)
    this.#pings ??= new Pings(
      (each) => this.transmitPing(each),
      own,
      () => this.turn(),
    )
    const round = this.#pings.send(payload, this.#wait(options, this.settings.pingTimeout))
    if (round === undefined) throw this.endError()
    scheduleFlush()
    return round
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
    this.closedWith ??= ABNORMAL
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

  #wait(options: WaitOptions = NO_OPTIONS, fallback: number): Wait {
    const signal = toWaitSignal(options)
    return { timeout: toTimeout('timeout', options.timeout, fallback), signal }
  }

  #sendWaiting(data: Data, options: WaitOptions | undefined): Promise<void> {
    const wait = this.#wait(options, this.settings.sendTimeout)
    // Throws for invalid data now, not when the message is sent.
    const ready = typeof data === 'string' ? data : toView(data)
    if (this.#outbox.mustWait || !this.#outbox.send(ready)) return this.#outbox.wait(ready, wait)
    scheduleFlush()
    return SENT
  }

  #recv(options: WaitOptions | undefined): Promise<Message> {
    let wait: Wait = this.#defaultWait
    try {
      if (options !== undefined) wait = this.#wait(options, this.settings.receiveTimeout)
    } catch (error) {
      return Promise.reject(error)
    }
    const message = this.#take()
    if (message !== undefined) return Promise.resolve(message)
    if (this.isOver) return Promise.reject(this.endError())
    return new Promise((resolve, reject) => this.#receivers.add(resolve, reject, wait, aborted))
  }

  #next(iterator: object): Promise<IteratorResult<Message>> {
    const message = this.#take()
    if (message !== undefined) return Promise.resolve({ value: message, done: false })
    if (this.isOver) return this.endedNormally ? Promise.resolve(DONE) : Promise.reject(this.endError())
    const wait = { timeout: this.settings.iterationTimeout }
    return new Promise((resolve, reject) => {
      const end = (error: Error) =>
        error === LEFT || (this.isOver && this.endedNormally) ? resolve(DONE) : reject(error)
      this.#receivers.add((value) => resolve({ value, done: false }), end, wait, aborted, iterator)
    })
  }

  #take(): Message | undefined {
    this.leases?.release(this.inbox.taken)
    const message = this.inbox.shift()
    if (message !== undefined) noteTaken()
    if (this.#reading.isPaused) this.#resume()
    return message
  }

  #resume(): void {
    if (this.#reading.isPaused && this.inbox.isHalfEmpty) this.#reading.resume()
  }

  #startClosing(code: number, reason: string): void {
    this.#closing = new Closing()
    this.closedWith = this.closeCode === undefined ? code : undefined
    this.#startCloseTimer()
    if (this.#reading.isPaused) this.#reading.resume()
    // Pending sends come first.
    this.#outbox.whenEmpty(() => {
      this.setClosing()
      this.transmitClose(code, reason)
    })
  }

  #startCloseTimer(): void {
    const { closeTimeout } = this.settings
    if (this.#closeTimer !== undefined || closeTimeout === Number.POSITIVE_INFINITY) return
    const timer = setTimeout(() => this.#giveUpClosing(), Math.min(closeTimeout, MAX_DELAY))
    // A close by the peer keeps the process alive only as long as the socket does.
    if (this.#closing === undefined) timer.unref()
    this.#closeTimer = timer
  }

  /** Ends the connection after `closeTimeout`. Rejects `close` if messages were not sent. */
  #giveUpClosing(): void {
    // The end may have arrived while the loop was blocked.
    this.turn()
    if (this.readyState === CLOSED) return
    const unsent = this.bufferedAmount
    if (unsent > 0) this.#closing?.reject(unsentError(unsent))
    this.#finish()
  }

  #finish(): void {
    this.end()
    forget(this.id)
    clearTimeout(this.#closeTimer)
    this.#reading.end()
    this.#keepalive.stop()
    this.#rejectWaiting()
    this.#closing?.resolve()
  }

  #rejectWaiting(): void {
    const error = () => this.endError()
    this.#receivers.rejectAll(error)
    this.#pings?.rejectAll(error)
    this.#outbox.rejectAll(() => {
      const { message } = this.endError()
      const code = this.closeCode ?? ABNORMAL
      return new ConnectionClosedError(`not sent: ${message}`, code, this.closeReason, this.wasClean)
    })
  }

  /** @internal */
  handleMessage(message: Message, bytes: number): void {
    const waiter = this.#receivers.shift()
    if (waiter !== undefined) waiter.resolve(message)
    // During a close, messages beyond the limit are dropped.
    else if (this.#closing === undefined || !this.inbox.isFull) this.inbox.push(message, bytes)
  }

  /** @internal */
  handlePong(payload: Buffer, trip?: number): void {
    this.lastLatency = this.#pings?.settle(payload) ?? trip ?? this.lastLatency
  }

  /** @internal */
  override handleCloseFrame(payload: Buffer): void {
    super.handleCloseFrame(payload)
    this.#keepalive.stop()
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
    this.#outbox.handleDrained()
  }

  /** @internal */
  handleMore(): void {
    this.#reading.scheduleTurn()
  }

  /** @internal */
  override handleBatchEnd(): void {
    super.handleBatchEnd()
    if (this.#reading.isPaused || !this.inbox.isFull) return
    if (this.#closing === undefined && this.readyState !== CLOSED) this.#reading.pause()
  }
}
