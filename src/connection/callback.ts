/** Connections whose events go to a consumer, with no promise in between. The `ws` API and the web API are made of them. */

import type { Attempt } from '../diagnostics/attempt.js'
import type { Failure, TlsSession } from '../native/binding.js'
import { isDelivering, isWalking, native } from '../native/dispatch.js'
import { scheduleFlush } from '../native/flush.js'
import { forget, listen } from '../native/listen.js'
import type { Opened } from '../native/opened.js'
import type { Data, Message } from '../native/payload.js'
import {
  afterPromises,
  carried,
  clearReadTimeout,
  MAX_DELAY,
  nextTick,
  setImmediate,
  setReadTimeout,
  type Timer,
} from '../node/timers.js'
import type { Settings } from '../options/settings.js'
import { BaseConnection } from './base.js'
import { ABNORMAL, CLOSED, NO_STATUS } from './close.js'
import type { Consumer, Delivery } from './consumer.js'
import { isViolation } from './end.js'
import { EventQueue } from './event-queue.js'
import type { Fragment } from './fragments.js'
import { callBack, type SentCallback } from './program-calls.js'
import { Reading } from './reading.js'
import { SentCallbacks } from './sent-callbacks.js'

/** An open connection with a consumer. */
export class CallbackConnection extends BaseConnection {
  readonly #consumer: Consumer
  readonly #events: EventQueue
  readonly #passesReadEvents: boolean
  /** @internal */
  readonly copiesBytes: boolean
  readonly #reading: Reading
  readonly #opened: Opened
  /** Made with the first use. */
  #sent: SentCallbacks | undefined
  #takesBytes = false
  #hasEnded = false
  #closeTimer: Timer | undefined

  constructor(
    opened: Opened,
    settings: Settings,
    attempt: Attempt,
    consumer: Consumer,
    delivery: Delivery = {},
  ) {
    super(opened, settings, attempt)
    const { pings = false, answersPings = true, startsAtOnce = false } = delivery
    this.#consumer = consumer
    this.#events = new EventQueue(this, delivery)
    this.#passesReadEvents = delivery.passesReadEvents ?? false
    this.copiesBytes = delivery.copiesBytes ?? false
    this.#opened = opened
    this.#reading = new Reading(this.id, this)
    if (pings) native.reportPings(this.id, answersPings)
    native.holdClose(this.id)
    if (this.copiesBytes) native.copyBytes(this.id)
    listen(this.id, this)
    // Messages may come with the upgrade response. Code that awaits the opening has not added its listeners yet.
    this.#events.isHolding = true
    this.#events.release(startsAtOnce ? afterPromises : setImmediate)
  }

  /** The headers of the upgrade response as they were sent, names and values in turn. */
  get rawHeaders(): string[] {
    return this.#opened.headers
  }

  /** Whether texts are delivered as bytes. Takes effect with the next batch. */
  get takesBytes(): boolean {
    return this.#takesBytes
  }

  set takesBytes(asBytes: boolean) {
    if (this.#takesBytes === asBytes) return
    this.#takesBytes = asBytes
    native.setTextsAsBytes(this.id, asBytes)
  }

  /** Unsent bytes from which on a sender should wait. */
  get highWaterMark(): number {
    return this.settings.highWaterMark
  }

  /** Whether reading is paused until `resume`. */
  get isPaused(): boolean {
    return this.#reading.isPaused
  }

  /** Whether events that were read are still to be delivered. */
  get isBehind(): boolean {
    return this.#events.isBehind
  }

  /** Whether a turn waits: what it reads may end the connection, and replies to the events that are held come first. */
  get isYielding(): boolean {
    return this.#events.isBehind && !this.isPaused
  }

  /** The running timer of the closing handshake. */
  get closeTimer(): Timer | undefined {
    return this.#closeTimer
  }

  /**
   * Sends a message: text for a string, binary for anything else.
   *
   * @param callback called when the kernel has taken the message, or when it never will
   * @throws TypeError `ERR_WS_INVALID_DATA`.
   */
  send(data: Data, callback?: SentCallback): void {
    this.#note(this.transmit(data), callback)
  }

  /**
   * Sends one frame of a message: text for a string, binary for bytes unless `FRAME_TEXT` is among the flags. Such bytes
   * are not checked to be UTF-8.
   *
   * @param flags the sum of constants `FRAME_`
   */
  sendFrame(payload: Fragment, flags: number, callback?: SentCallback): void {
    this.#note(this.transmitFrame(payload, flags), callback)
  }

  /** Sends a ping of at most 125 bytes. */
  ping(payload: NodeJS.ArrayBufferView, callback?: SentCallback): void {
    this.#note(this.transmitPing(payload), callback)
  }

  /** Sends a pong of at most 125 bytes. */
  pong(payload: NodeJS.ArrayBufferView, callback?: SentCallback): void {
    this.#note(native.pong(this.id, payload), callback)
  }

  /** Writes bytes that are no frame of this connection. The caller answers for what the peer makes of them. */
  sendRaw(bytes: NodeJS.ArrayBufferView, callback?: SentCallback): void {
    this.#note(native.sendRaw(this.id, bytes), callback)
  }

  /** Takes bytes as if the peer had sent them. */
  pushReceived(bytes: NodeJS.ArrayBufferView): void {
    native.pushReceived(this.id, bytes)
    this.#reading.scheduleTurn()
  }

  #note(unsent: number, callback: SentCallback | undefined): void {
    if (unsent >= 0) scheduleFlush()
    if (callback === undefined) return
    if (unsent < 0) {
      nextTick(() => callBack(callback, this.#sendError()))
      return
    }
    this.#sent ??= new SentCallbacks(this)
    this.#sent.add(callback)
  }

  /**
   * Begins the closing handshake, which `closeTimeout` limits.
   *
   * @param code left out for a close frame without a code
   */
  close(code = 0, reason = ''): void {
    if (this.#hasEnded) return
    if (this.readyState === CLOSED) {
      // The end is among the events that are held, perhaps until `resume`.
      this.#startCloseTimer()
      return
    }
    this.closedWith ??= code === 0 ? NO_STATUS : code
    this.setClosing()
    this.transmitClose(code, reason)
    this.#startCloseTimer()
  }

  /**
   * Ends the connection at once, without a close frame. Events that are held are dropped, unless `pause` lets them pass:
   * then what was read is delivered before the end.
   */
  terminate(): void {
    if (this.#passesReadEvents) this.#terminateInOrder()
    else if (!this.#hasEnded) {
      // If it is closed, its end is among the events that are held.
      if (this.readyState !== CLOSED) this.closedWith ??= ABNORMAL
      this.#deliverEnd()
    }
  }

  #terminateInOrder(): void {
    if (this.isPaused) {
      this.#reading.resume()
      // What the kernel has is read, as a socket of Node reads it while it is paused.
      if (!isDelivering() && !isWalking()) this.turn()
    }
    if (this.readyState !== CLOSED) {
      this.closedWith ??= ABNORMAL
      const frame = native.heldClose(this.id)
      this.#finish(true)
      this.#hasEnded = true
      // The rest of the batch that is being delivered comes first.
      setImmediate(() => {
        if (frame !== undefined) this.#events.handle(() => this.#consumer.handleCloseFrame(...frame))
        this.#events.handle(() => this.#consumer.handleClose())
      })
    }
    this.#events.release()
  }

  /** Stops reading until `resume`, and holds the events that were read. */
  pause(): void {
    // No `resume` follows the end, so the pause would keep the process alive.
    if (this.isPaused || this.#hasEnded) return
    // The peer's close frame has been read, and nothing follows it.
    if (this.#passesReadEvents && native.heldClose(this.id) !== undefined) return
    this.#events.isHolding = true
    this.#reading.pause()
    if (this.#passesReadEvents) this.#events.release()
  }

  /** Delivers the events that are held, and goes on reading. */
  resume(): void {
    if (!this.isPaused) return
    this.#reading.resume()
    this.#events.release(nextTick)
  }

  /** Keeps the process alive while the connection is open, which is the default. */
  ref(): void {
    this.#reading.setReferenced(true)
  }

  /** Lets the process exit while the connection is open. */
  unref(): void {
    this.#reading.setReferenced(false)
  }

  /** Returns what TLS has agreed on; `undefined` without TLS, or if the connection has ended. */
  tlsSession(): TlsSession | undefined {
    return native.tlsSession(this.id)
  }

  /** Sets whether the kernel probes an idle connection, and after how many seconds; 0 leaves that as it is. */
  setKeepAlive(enabled: boolean, seconds: number): void {
    native.setTcpKeepalive(this.id, enabled, seconds)
  }

  /** @internal */
  handleMessage(message: Message, _bytes: number): void {
    this.#deliver(message, typeof message !== 'string')
  }

  /** @internal */
  handleTextBytes(bytes: Buffer): void {
    this.#deliver(bytes, false)
  }

  #deliver(message: Message, isBinary: boolean): void {
    if (this.#events.isHolding) {
      // The memory of the message is filled again before it is delivered.
      const kept = this.copiesBytes && typeof message !== 'string' ? Buffer.from(message) : message
      this.#events.keep(() => this.#consumer.handleMessage(kept, isBinary))
      return
    }
    try {
      this.#consumer.handleMessage(message, isBinary)
    } catch (error) {
      this.#events.handleThrown(error)
    }
    this.#events.handleDelivered()
  }

  /** @internal */
  handlePing(payload: Buffer): void {
    this.#events.handle(() => this.#consumer.handlePing(payload))
  }

  /** @internal */
  handlePong(payload: Buffer, trip?: number): void {
    this.lastLatency = trip ?? this.lastLatency
    this.#events.handle(() => this.#consumer.handlePong(payload))
  }

  /** @internal */
  override handleCloseFrame(code: number, reason: string): void {
    super.handleCloseFrame(code, reason)
    this.#events.handle(() => {
      this.#startCloseTimer()
      this.#consumer.handleCloseFrame(code, reason)
    })
  }

  /** @internal */
  override handleEnd(failure?: Failure): void {
    const wasOver = this.closeCode !== undefined
    // A socket of Node that is reset while it is paused is closed.
    if (this.isPaused && this.#passesReadEvents && failure?.causeCode !== undefined) this.resume()
    super.handleEnd(failure)
    const end = () => this.#deliverEnd(wasOver ? undefined : failure)
    if (wasOver || !isViolation(failure)) {
      this.#events.handle(end)
      return
    }
    this.#events.handle(() => {
      // The program gets the violation first, and learns of the end as if the network had reported it.
      setImmediate(end)
      this.#consumer.handleViolation(failure)
    })
  }

  /** @internal */
  handleDrained(): void {
    const sent = this.#sent
    // A stream of Node gets the bytes when native code is left.
    if (carried.streams > 0) nextTick(() => sent?.check())
    else sent?.check()
  }

  /** @internal */
  handleMore(): void {
    this.#reading.scheduleTurn()
  }

  /** Not called: messages are never asked for as they arrive. @internal */
  handleStreamStart(): void {}

  /** Not called either. @internal */
  handleStreamEnd(): void {}

  /** Fails the connection: no call can take a message that is larger than `maxMessageSize`. @internal */
  handleHeld(): void {
    if (this.requestRefusal()) this.#reading.scheduleTurn()
  }

  #startCloseTimer(): void {
    const { closeTimeout } = this.settings
    if (this.#closeTimer !== undefined || closeTimeout === Number.POSITIVE_INFINITY) return
    // The close frame came in the batch of a message whose listener has ended the connection.
    if (this.#hasEnded) return
    this.#closeTimer = setReadTimeout(
      () => {
        // The end may have arrived while the loop was blocked.
        this.turn()
        if (this.readyState !== CLOSED || this.#passesReadEvents) this.terminate()
      },
      Math.min(closeTimeout, MAX_DELAY),
    )
  }

  /** @internal */
  override handleBatchEnd(): void {
    super.handleBatchEnd()
    // One event per iteration is delivered: what is read meanwhile would pile up.
    if (this.#events.isBehind) this.#reading.setBehind(true)
  }

  /** @internal */
  handleCaughtUp(): void {
    this.#reading.setBehind(false)
    this.#consumer.handleCaughtUp?.()
  }

  /** Ends the connection and tells the consumer: now if it has ended by itself, or else in another iteration. */
  #deliverEnd(failure?: Failure): void {
    const isOwn = this.readyState !== CLOSED
    this.#finish(isOwn)
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#events.drop()
    const close = () => this.#consumer.handleClose(failure)
    if (isOwn) setImmediate(() => this.#events.run(close))
    else close()
  }

  #finish(isOwn: boolean): void {
    const isSent = this.end()
    forget(this.id)
    clearReadTimeout(this.#closeTimer)
    this.#reading.end()
    this.#sent?.end(isSent ? undefined : this.#sendError(), isOwn)
  }

  /** The error of a message that will not be sent. */
  #sendError(): Error {
    return this.#consumer.toSendError?.(this.endError()) ?? this.endError()
  }
}
