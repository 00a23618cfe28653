/** The promise face: an open connection that is awaited. */

import type { Attempt } from '../diagnostics/attempt.js'
import { AbortError, ConnectionClosedError, TimeoutError } from '../errors/classes.js'
import type { Failure, Opened } from '../native/binding.js'
import { forget, listen, noteTaken, scheduleFlush } from '../native/dispatch.js'
import { type Data, type Message, toPingPayload, toView } from '../native/payload.js'
import {
  clearInterval,
  clearTimeout,
  MAX_DELAY,
  own,
  setImmediate,
  setInterval,
  setTimeout,
  type Timer,
} from '../node/timers.js'
import {
  type RecvManyOptions,
  type Settings,
  toRecvMany,
  toTimeout,
  toWaitSignal,
  type WaitOptions,
} from '../options/settings.js'
import { ABNORMAL, BaseConnection, CLOSED, checkClose, NORMAL, OPEN, unsentError } from './base.js'
import { DONE, LEFT, Messages } from './iteration.js'
import { Keepalive } from './keepalive.js'
import { Outbox } from './outbox.js'
import { Pings } from './pings.js'
import { type Wait, Waiters } from './waiters.js'

/** Given back by every send that does not wait. */
const SENT: Promise<void> = Promise.resolve()
const NO_OPTIONS: WaitOptions = Object.freeze({})

const aborted = (reason: unknown) => new AbortError(reason)

/**
 * An open WebSocket connection (RFC 6455), as `connect` gives it.
 *
 * @example
 * await using ws = await connect('ws://localhost:8080')
 * await ws.send('hello')
 * console.log(await ws.recv())
 */
export class Connection extends BaseConnection implements AsyncDisposable, AsyncIterable<Message> {
  readonly #receivers: Waiters<Message>
  readonly #outbox: Outbox
  /** Made with the first ping, which most connections never send. */
  #pings: Pings | undefined
  readonly #defaultWait: Wait
  readonly #keepalive: Keepalive
  #reading = true
  /** Keeps the process alive while nothing is read, since the loop then watches nothing. */
  #hold: Timer | undefined
  #isReferenced = true
  /** The turn that was asked for, of which there is one at most. */
  #turn: Timer | undefined
  #closing: Closing | undefined
  #closeTimer: Timer | undefined

  /** @internal */
  constructor(opened: Opened, settings: Settings, attempt: Attempt) {
    super(opened, settings, attempt)
    const timedOut = () =>
      new TimeoutError('ERR_WS_RECEIVE_TIMEOUT', 'open', 'no message came within the timeout')
    const look = () => this.turn()
    this.#receivers = new Waiters(timedOut, own, look)
    this.#outbox = new Outbox((data) => this.transmit(data), settings.highWaterMark, look)
    this.#defaultWait = { timeout: settings.receiveTimeout }
    this.#keepalive = new Keepalive(() => this.tick())
    listen(this.id, this)
    this.#keepalive.start()
  }

  /**
   * Sends a message: text for a string, binary for anything else. Resolves at once while fewer than
   * `highWaterMark` bytes are unsent; otherwise waits until enough has left. Bytes are copied when
   * the message is accepted, so leave them alone until then.
   *
   * @param options `timeout` in ms, instead of `sendTimeout`; `signal`
   * @throws TypeError `ERR_WS_INVALID_DATA`; TimeoutError `ERR_WS_SEND_TIMEOUT` and AbortError, after
   * which the message is not sent; ConnectionClosedError.
   */
  send(data: Data, options?: WaitOptions): Promise<void> {
    if (this.readyState !== OPEN || this.#closing !== undefined) return Promise.reject(this.endError())
    try {
      if (options !== undefined || this.#outbox.isBlocked) return this.#sendWaiting(data, options)
      if (!this.#outbox.send(data)) return this.#sendWaiting(data, options)
    } catch (error) {
      return Promise.reject(error)
    }
    scheduleFlush()
    return SENT
  }

  /**
   * Sends messages in order, waiting between them as {@link Connection.send} does; those of an array leave in as few
   * writes as they fit into. One that fails ends it: those before were sent, those after were not.
   *
   * @param options as of `send`, for each wait
   * @throws As {@link Connection.send}.
   */
  async sendMany(messages: Iterable<Data>, options?: WaitOptions): Promise<void> {
    // Only an array has no code of its own, which would hold up the messages before it.
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
   * The next message: a string for text, a Buffer for binary. Messages come in order, each to one
   * call; a call that times out or is aborted takes none. With `reuseMemory` what earlier calls gave is
   * over.
   *
   * @param options `timeout` in ms, instead of `receiveTimeout`; `signal`
   * @throws TimeoutError `ERR_WS_RECEIVE_TIMEOUT`; AbortError; ConnectionClosedError, ProtocolError or
   * MessageTooBigError once the connection is over and everything received is taken.
   */
  recv(options?: WaitOptions): Promise<Message> {
    return this.#recv(options)
  }

  /**
   * Everything that has arrived and is not taken yet, at least one message.
   *
   * @param options `max` messages; `timeout` in ms, instead of `receiveTimeout`; `signal`
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

  /** Messages until the connection ends: quietly on 1000 and 1001, otherwise by throwing. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message> {
    return new Messages({
      next: (iterator) => this.#next(iterator),
      leave: (iterator) => {
        for (const waiter of this.#receivers.removeOf(iterator)) waiter.reject(LEFT)
      },
    })
  }

  /**
   * Pings the peer (RFC 6455 section 5.5.2) and waits for its pong.
   *
   * @param data at most 125 bytes; by default a counter
   * @param options `timeout` in ms, instead of `pingTimeout`; `signal`
   * @returns the round trip in ms
   * @throws TypeError `ERR_WS_INVALID_DATA`; TimeoutError `ERR_WS_PING_TIMEOUT`, after which the
   * connection goes on; AbortError; ConnectionClosedError.
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
   * Closes the connection: what was sent goes out, then the closing handshake (RFC 6455 section 7),
   * all within `closeTimeout`. Resolves when the connection is gone. Messages that arrive meanwhile
   * are kept for `recv` as far as the receive queue goes.
   *
   * @param code 1000-1003, 1007-1014 or 3000-4999
   * @param reason at most 123 bytes
   * @throws TypeError `ERR_WS_INVALID_CLOSE`; TimeoutError `ERR_WS_CLOSE_TIMEOUT` where messages are left
   * unsent, though the connection is closed then as well.
   */
  async close(code: number = NORMAL, reason = ''): Promise<void> {
    checkClose(code, reason)
    if (this.readyState === CLOSED) return
    if (this.#closing === undefined) this.#startClosing(code, reason)
    return this.#closing?.promise
  }

  /** Ends the connection at once, without a close frame. Messages that the kernel does not take now are lost. */
  terminate(): void {
    if (this.readyState === CLOSED) return
    this.closedWith ??= ABNORMAL
    this.#finish()
  }

  /** Lets the connection keep the process alive, as it does by default. */
  ref(): this {
    this.#isReferenced = true
    this.#hold?.ref()
    this.#turn?.ref()
    this.setReferenced(true)
    return this
  }

  /** Lets the process end although the connection is open. */
  unref(): this {
    this.#isReferenced = false
    this.#hold?.unref()
    this.#turn?.unref()
    this.setReferenced(false)
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
    // A mistake is told at once, not when the message's turn comes.
    const ready = typeof data === 'string' ? data : toView(data)
    if (this.#outbox.isBlocked || !this.#outbox.send(ready)) return this.#outbox.wait(ready, wait)
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
    if (!this.#reading) this.#resume()
    return message
  }

  #resume(): void {
    if (!this.#reading && this.inbox.hasRoom) this.#startReading()
  }

  #startReading(): void {
    this.#reading = true
    clearInterval(this.#hold)
    if (this.setReading(true)) this.handleMore()
  }

  #stopReading(): void {
    this.#reading = false
    this.#hold = setInterval(() => {}, MAX_DELAY)
    if (!this.#isReferenced) this.#hold.unref()
    this.setReading(false)
  }

  #startClosing(code: number, reason: string): void {
    this.#closing = new Closing()
    this.closedWith = this.closeCode === undefined ? code : undefined
    this.#startCloseTimer()
    if (!this.#reading) this.#startReading()
    // Sends that wait were promised first.
    this.#outbox.whenEmpty(() => {
      this.setClosing()
      this.transmitClose(code, reason)
    })
  }

  #startCloseTimer(): void {
    const { closeTimeout } = this.settings
    if (this.#closeTimer !== undefined || closeTimeout === Number.POSITIVE_INFINITY) return
    const timer = setTimeout(() => this.#giveUpClosing(), Math.min(closeTimeout, MAX_DELAY))
    // What the peer began keeps the process alive as far as the connection itself does.
    if (this.#closing === undefined) timer.unref()
    this.#closeTimer = timer
  }

  /** The peer did not take part in the closing handshake; whether it took our messages is told. */
  #giveUpClosing(): void {
    // The end may have arrived while the loop was busy.
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
    clearInterval(this.#hold)
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
    // Whoever closes wants no more; what fits is kept, so that nothing has to be lost.
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
    if (this.#turn !== undefined) return
    this.#turn = setImmediate(() => {
      this.#turn = undefined
      this.turn()
    })
    if (!this.#isReferenced) this.#turn.unref()
  }

  /** @internal */
  override handleBatchEnd(): void {
    super.handleBatchEnd()
    if (!this.#reading || !this.inbox.isFull || this.#closing !== undefined || this.readyState === CLOSED)
      return
    this.#stopReading()
  }
}

/** A close under way: the promise of everybody who called `close`. */
class Closing {
  readonly promise: Promise<void>
  resolve: () => void = () => {}
  reject: (error: Error) => void = () => {}

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }
}
