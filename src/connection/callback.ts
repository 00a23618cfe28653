/** Connections whose events go to a consumer, with no promise in between. The `ws` API and the web API are made of them. */

import type { Attempt } from '../diagnostics/attempt.js'
import type { Failure, TlsSession } from '../native/binding.js'
import { native } from '../native/dispatch.js'
import { scheduleFlush } from '../native/flush.js'
import { forget, listen } from '../native/listen.js'
import type { Opened } from '../native/opened.js'
import type { Data, Message } from '../native/payload.js'
import {
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
import type { Fragment } from './fragments.js'
import { Reading } from './reading.js'
import { type SentCallback, SentCallbacks } from './sent-callbacks.js'

/** Reports an exception of the program as uncaught. It is thrown outside of native code's call, in which others follow. */
export function throwLater(error: unknown): void {
  nextTick(() => {
    throw error
  })
}

/** Runs a task when no promise is left to settle, in the same iteration of the loop. */
function afterPromises(task: () => void): void {
  void Promise.resolve().then(() => nextTick(task))
}

/** Calls a callback of the program. */
function call(callback: SentCallback, error?: Error): void {
  try {
    callback(error)
  } catch (thrown) {
    throwLater(thrown)
  }
}

/** Events are delivered as they are read. */
const NEVER_YIELDING = { isYielding: false }

/** An open connection with a consumer. */
export class CallbackConnection extends BaseConnection {
  readonly #consumer: Consumer
  readonly #oneByOne: boolean
  readonly #passesReadEvents: boolean
  /** @internal */
  readonly copiesBytes: boolean
  readonly #reading: Reading
  readonly #opened: Opened
  /** Made with the first use. */
  #sent: SentCallbacks | undefined
  /** Events that are delivered later. Made with the first of them. */
  #held: (() => void)[] | undefined
  /** Whether events are held. */
  #isHolding = false
  /** Whether the events that are held are about to be delivered. */
  #isReleasing = false
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
    this.#oneByOne = delivery.oneByOne ?? false
    this.#passesReadEvents = delivery.passesReadEvents ?? false
    this.copiesBytes = delivery.copiesBytes ?? false
    this.#opened = opened
    this.#reading = new Reading(this.id, NEVER_YIELDING)
    if (pings) native.reportPings(this.id, answersPings)
    if (this.copiesBytes) native.copyBytes(this.id)
    listen(this.id, this)
    // Messages may come with the upgrade response. Code that awaits the opening has not added its listeners yet.
    this.#isHolding = true
    this.#release(startsAtOnce ? afterPromises : setImmediate)
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
    return this.#held !== undefined && this.#held.length > 0
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
      nextTick(() => call(callback, this.endError()))
      return
    }
    this.#sent ??= new SentCallbacks(this, call)
    this.#sent.add(callback)
  }

  /**
   * Begins the closing handshake, which `closeTimeout` limits.
   *
   * @param code left out for a close frame without a code
   */
  close(code = 0, reason = ''): void {
    if (this.readyState === CLOSED) return
    this.closedWith ??= code === 0 ? NO_STATUS : code
    this.setClosing()
    this.transmitClose(code, reason)
    this.#startCloseTimer()
  }

  /** Ends the connection at once, without a close frame. Events that are held are dropped. */
  terminate(): void {
    if (this.readyState === CLOSED) {
      // The end is among the events that are held.
      if (!this.#hasEnded) this.#deliverEnd()
      return
    }
    this.closedWith ??= ABNORMAL
    this.#deliverEnd()
  }

  /** Stops reading until `resume`, and holds the events that were read. */
  pause(): void {
    if (this.isPaused) return
    this.#isHolding = true
    this.#reading.pause()
    if (this.#passesReadEvents) this.#release()
  }

  /** Delivers the events that are held, and goes on reading. */
  resume(): void {
    if (!this.isPaused) return
    this.#reading.resume()
    this.#release(nextTick)
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
    if (this.#isHolding) {
      // The memory of the message is filled again before it is delivered.
      const kept = this.copiesBytes && typeof message !== 'string' ? Buffer.from(message) : message
      this.#keep(() => this.#consumer.handleMessage(kept, isBinary))
      return
    }
    try {
      this.#consumer.handleMessage(message, isBinary)
    } catch (error) {
      this.#handleThrown(error)
    }
    if (this.#oneByOne) this.#hold()
  }

  /** @internal */
  handlePing(payload: Buffer): void {
    this.#handle(() => this.#consumer.handlePing(payload))
  }

  /** @internal */
  handlePong(payload: Buffer, trip?: number): void {
    this.lastLatency = trip ?? this.lastLatency
    this.#handle(() => this.#consumer.handlePong(payload))
  }

  /** @internal */
  override handleCloseFrame(code: number, reason: string): void {
    super.handleCloseFrame(code, reason)
    this.#startCloseTimer()
    this.#handle(() => this.#consumer.handleCloseFrame(code, reason))
  }

  /** @internal */
  override handleEnd(failure?: Failure): void {
    const wasOver = this.closeCode !== undefined
    super.handleEnd(failure)
    const end = () => this.#deliverEnd(wasOver ? undefined : failure)
    if (wasOver || !isViolation(failure)) {
      this.#handle(end)
      return
    }
    this.#handle(() => {
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
    if (this.readyState === CLOSED) return
    this.#closeTimer = setReadTimeout(
      () => {
        // The end may have arrived while the loop was blocked.
        this.turn()
        if (this.readyState !== CLOSED) this.terminate()
      },
      Math.min(closeTimeout, MAX_DELAY),
    )
  }

  /** Runs an event now, or keeps it while events are held. */
  #handle(event: () => void): void {
    if (this.#isHolding) this.#keep(event)
    else this.#run(event)
  }

  #keep(event: () => void): void {
    this.#held ??= []
    this.#held.push(event)
  }

  #run(event: () => void): void {
    try {
      event()
    } catch (error) {
      this.#handleThrown(error)
    }
    if (this.#oneByOne) this.#hold()
  }

  /** Reports what the program has thrown. The next event comes when that has been done. */
  #handleThrown(error: unknown): void {
    throwLater(error)
    this.#hold()
  }

  /** Holds events for the rest of this iteration of the loop. */
  #hold(): void {
    this.#isHolding = true
    this.#release(setImmediate)
  }

  /** Delivers the events that are held, unless they are about to be. */
  #release(schedule: (task: () => void) => unknown = setImmediate): void {
    if (this.#isReleasing || !this.#isHolding) return
    this.#isReleasing = true
    schedule(() => {
      this.#isReleasing = false
      this.#drain()
    })
  }

  #drain(): void {
    const held = this.#held ?? []
    let at = 0
    this.#isHolding = this.isPaused && !this.#passesReadEvents
    // The end of the connection drops what is held.
    while (!this.#isHolding && at < held.length && this.#held === held) this.#run(held[at++] as () => void)
    held.splice(0, at)
    // Events that come while others are held wait behind them, and those that come while reading is paused for `resume`.
    this.#isHolding ||= this.isPaused || this.isBehind
    if (at > 0 && !this.isBehind) this.#consumer.handleCaughtUp?.()
  }

  /** Ends the connection and tells the consumer: now if it has ended by itself, or else in another iteration. */
  #deliverEnd(failure?: Failure): void {
    const isOwn = this.readyState !== CLOSED
    this.#finish(isOwn)
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#held = undefined
    const close = () => this.#consumer.handleClose(failure)
    if (isOwn) setImmediate(() => this.#run(close))
    else close()
  }

  #finish(isOwn: boolean): void {
    this.end()
    forget(this.id)
    clearReadTimeout(this.#closeTimer)
    this.#reading.end()
    this.#sent?.fail(this.endError(), isOwn)
  }
}
