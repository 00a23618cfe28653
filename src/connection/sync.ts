/** The blocking face: the same connection and the same names, waiting on the calling thread. */

import type { Attempt } from '../diagnostics/attempt.js'
import { TimeoutError, WebSocketError } from '../errors/classes.js'
import { LOOK_FIRST, type Opened, Woken } from '../native/binding.js'
import { type Data, type Message, toPingPayload } from '../native/payload.js'
import { interrupted, watchedSignals } from '../native/signals.js'
import { now } from '../node/timers.js'
import {
  type RecvManyOptions,
  type Settings,
  toRecvMany,
  toTimeout,
  toWaitSignal,
  type WaitOptions,
} from '../options/settings.js'
import { BaseConnection, CLOSED, checkClose, NORMAL, OPEN, unsentError } from './base.js'

/** The error of a blocked call that is made while the thread's connections are being read. */
function reentrant(): WebSocketError {
  const where = 'from a function that was called for memory'
  return new WebSocketError('ERR_WS_REENTRANT', 'open', `a blocking call cannot be made ${where}`)
}

/** How long a send waits for a peer that takes nothing, below `highWaterMark`, in ms. */
const STALL = 5000

/** A deadline that is carried from one native call to the next. */
class Deadline {
  readonly #at: number

  constructor(timeout: number) {
    this.#at = now() + timeout
  }

  /** This deadline, or one in `timeout` ms if that is earlier. */
  within(timeout: number): Deadline {
    const { left } = this
    return new Deadline(left < 0 ? timeout : Math.min(left, timeout))
  }

  /** Milliseconds left, as native code takes them: negative for no limit. */
  get left(): number {
    return this.#at === Number.POSITIVE_INFINITY ? -1 : Math.max(this.#at - now(), 0)
  }
}

/**
 * An open WebSocket connection (RFC 6455) whose calls block the thread. Pings are answered, and the
 * keepalive runs, only during calls; those that send look at the socket every few milliseconds.
 *
 * @example
 * using ws = connect('ws://localhost:8080')
 * ws.send('hello')
 * console.log(ws.recv())
 */
export class SyncConnection extends BaseConnection implements Disposable, Iterable<Message> {
  /** The payload of the ping that waits for its pong. */
  #awaited: Buffer | undefined
  #pings = 0
  /** Bytes unsent after the last send: never fewer than now. */
  #unsent = 0
  /** More messages follow at once: they leave together. */
  #isCorked = false
  /** The peer takes nothing: sends below `highWaterMark` do not wait until it does again. */
  #isStalled = false

  /** @internal */
  constructor(opened: Opened, settings: Settings, attempt: Attempt) {
    super(opened, settings, attempt)
    this.endWhenCollected()
  }

  /**
   * Sends a message: text for a string, binary for anything else. Blocks until the kernel has taken it, at most
   * for `sendTimeout` and only while the peer takes anything; meanwhile it reads as far as the receive queue goes,
   * so that a peer that echoes can go on. What is left of it then leaves during later calls. If `highWaterMark`
   * bytes or more are unsent, the message is accepted only after enough of them have left.
   *
   * @param options `timeout` in ms, instead of `sendTimeout`; `signal`
   * @throws TypeError `ERR_WS_INVALID_DATA`; TimeoutError `ERR_WS_SEND_TIMEOUT`, after which the
   * message is not sent; ConnectionClosedError; WebSocketError `ERR_WS_INTERRUPTED`.
   */
  send(data: Data, options?: WaitOptions): void {
    if (this.readyState !== OPEN) throw this.endError()
    const timeout = this.#timeout(options, this.settings.sendTimeout)
    const { highWaterMark } = this.settings
    let deadline: Deadline | undefined
    if (this.#unsent >= highWaterMark && this.bufferedAmount >= highWaterMark) {
      deadline = new Deadline(timeout)
      this.#drain(deadline)
    }
    const unsent = this.transmit(data)
    this.#unsent = unsent < 0 ? this.#transmitAgain(unsent, () => this.transmit(data)) : unsent
    if (this.#unsent > 0 && !this.#isCorked) this.#settle(deadline ?? new Deadline(timeout))
  }

  /**
   * Sends messages in order; those of an array leave in as few writes as they fit into. One that fails ends it: those
   * before were sent, those after were not.
   *
   * @param options as of `send`, for each wait
   * @throws As {@link SyncConnection.send}.
   */
  sendMany(messages: Iterable<Data>, options?: WaitOptions): void {
    // Only an array has no code of its own, which would hold up the messages before it.
    this.#cork(Array.isArray(messages))
    try {
      for (const message of messages) this.send(message, options)
    } finally {
      this.#cork(false)
    }
    if (this.#unsent > 0 && this.bufferedAmount > 0)
      this.#settle(new Deadline(this.#timeout(options, this.settings.sendTimeout)))
  }

  /**
   * The next message: a string for text, a Buffer for binary. With `reuseMemory` what earlier calls gave
   * is over.
   *
   * @param options `timeout` in ms, instead of `receiveTimeout`; `signal`
   * @throws TimeoutError `ERR_WS_RECEIVE_TIMEOUT`, after which the connection is as usable as before;
   * ConnectionClosedError, ProtocolError or MessageTooBigError once the connection is over and
   * everything received is taken; WebSocketError `ERR_WS_INTERRUPTED`.
   */
  recv(options?: WaitOptions): Message {
    return this.#recv(options, this.settings.receiveTimeout)
  }

  /**
   * Everything that has arrived and is not taken yet, at least one message.
   *
   * @param options `max` messages; `timeout` in ms, instead of `receiveTimeout`; `signal`
   * @throws As {@link SyncConnection.recv}.
   */
  recvMany(options?: RecvManyOptions): Message[] {
    const { most, wait } = toRecvMany(options)
    const first = this.recv(wait)
    return [first, ...this.inbox.take(most - 1)]
  }

  /** Messages until the connection ends: quietly on 1000 and 1001, otherwise by throwing. */
  *[Symbol.iterator](): IterableIterator<Message> {
    for (;;) {
      if (this.inbox.length === 0 && this.isOver && this.endedNormally) return
      let message: Message
      try {
        message = this.#recv(undefined, this.settings.iterationTimeout)
      } catch (error) {
        if (this.isOver && this.endedNormally) return
        throw error
      }
      yield message
    }
  }

  /**
   * Pings the peer (RFC 6455 section 5.5.2) and waits for its pong; messages that come before it are
   * kept for `recv`.
   *
   * @param data at most 125 bytes; by default a counter
   * @param options `timeout` in ms, instead of `pingTimeout`; `signal`
   * @returns the round trip in ms
   * @throws TypeError `ERR_WS_INVALID_DATA`; TimeoutError `ERR_WS_PING_TIMEOUT`, after which the
   * connection goes on; ConnectionClosedError; WebSocketError `ERR_WS_INTERRUPTED`.
   */
  ping(data?: Data, options?: WaitOptions): number {
    if (this.readyState !== OPEN) throw this.endError()
    const deadline = new Deadline(this.#timeout(options, this.settings.pingTimeout))
    const payload = toPingPayload(data === undefined ? `ping ${++this.#pings}` : data)
    const sentAt = now()
    this.#awaited = payload
    const unsent = this.transmitPing(payload)
    if (unsent < 0) this.#transmitAgain(unsent, () => this.transmitPing(payload))
    while (this.#awaited === payload) {
      if (this.isOver) throw this.endError()
      // Behind a full receive queue no pong can be reached.
      if (this.inbox.isFull || this.#blockUntil(deadline)) {
        throw new TimeoutError('ERR_WS_PING_TIMEOUT', 'open', 'no pong came within the timeout')
      }
    }
    this.lastLatency = now() - sentAt
    return this.lastLatency
  }

  /**
   * Closes the connection: what was sent goes out, then the closing handshake (RFC 6455 section 7),
   * all within `closeTimeout`.
   *
   * @param code 1000-1003, 1007-1014 or 3000-4999
   * @param reason at most 123 bytes
   * @throws TypeError `ERR_WS_INVALID_CLOSE`; TimeoutError `ERR_WS_CLOSE_TIMEOUT` where messages are left
   * unsent, though the connection is closed then as well; WebSocketError `ERR_WS_INTERRUPTED`.
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
    if (unsent > 0) throw unsentError(unsent)
  }

  /** Ends the connection at once, without a close frame. Messages that the kernel does not take now are lost. */
  terminate(): void {
    if (this.readyState === CLOSED) return
    this.closedWith ??= 1006
    this.end()
  }

  /** Does nothing: a blocking connection never keeps the process alive. */
  ref(): this {
    return this
  }

  /** Does nothing: a blocking connection never keeps the process alive. */
  unref(): this {
    return this
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Through a method, because calls in between change the state that narrowing believes in. */
  get #hasEnded(): boolean {
    return this.readyState === CLOSED
  }

  #timeout(options: WaitOptions | undefined, fallback: number): number {
    this.#checkSignal(options)
    return toTimeout('timeout', options?.timeout, fallback)
  }

  #checkSignal(options: WaitOptions | undefined): void {
    if (options !== undefined) toWaitSignal(options)
  }

  #recv(options: WaitOptions | undefined, fallback: number): Message {
    const timeout = this.#timeout(options, fallback)
    this.leases?.release(this.inbox.taken)
    let message = this.inbox.shift()
    if (message !== undefined) return message
    const deadline = new Deadline(timeout)
    while (message === undefined) {
      if (this.isOver) throw this.endError()
      if (this.#block(-1, deadline) === Woken.Deadline) {
        throw new TimeoutError('ERR_WS_RECEIVE_TIMEOUT', 'open', 'no message came within the timeout')
      }
      message = this.inbox.shift()
    }
    return message
  }

  #cork(corked: boolean): void {
    this.#isCorked = corked
    this.cork(corked)
  }

  /** Goes on with `send`, which has answered a negative number, if it was only for a look at the socket. */
  #transmitAgain(answer: number, send: () => number): number {
    let unsent = answer
    while (unsent === LOOK_FIRST) {
      this.#block(-1, new Deadline(0), !this.inbox.isFull)
      if (this.readyState !== OPEN) throw this.endError()
      unsent = send()
    }
    if (unsent < 0) throw this.#lostError()
    return unsent
  }

  /** The error of a message that cannot be sent any more. The peer's close frame, which says why, may be unread. */
  #lostError(): Error {
    const deadline = new Deadline(Math.min(this.settings.closeTimeout, 1000))
    while (this.readyState === OPEN && !this.#blockUntil(deadline));
    return this.endError()
  }

  /** Waits until the kernel has taken what was accepted, as long as it takes anything. */
  #settle(deadline: Deadline): void {
    let [left, before] = [this.bufferedAmount, Number.POSITIVE_INFINITY]
    while (left > 0 && left < before && deadline.left !== 0) {
      before = left
      this.#waitForRoom(deadline.within(this.#isStalled ? 0 : STALL))
      left = this.bufferedAmount
      this.#isStalled = left >= before
    }
    if (left === 0) this.#isStalled = false
  }

  /** Looks at the socket at least once. */
  #waitForRoom(deadline: Deadline): void {
    let woken: number
    do {
      woken = this.#block(0, deadline)
      if (this.readyState !== OPEN) throw this.endError()
    } while (woken === Woken.Delivered && deadline.left !== 0)
  }

  #drain(deadline: Deadline): void {
    const { highWaterMark } = this.settings
    while (this.bufferedAmount >= highWaterMark) {
      if (this.#block(highWaterMark / 2, deadline) === Woken.Deadline) {
        throw new TimeoutError(
          'ERR_WS_SEND_TIMEOUT',
          'open',
          'the peer takes too little: the message was not sent',
        )
      }
    }
  }

  /** Reads once; whether the deadline has passed, also where the peer never stops sending. */
  #blockUntil(deadline: Deadline): boolean {
    return this.#block(-1, deadline) === Woken.Deadline || deadline.left === 0
  }

  #block(drainTo: number, deadline: Deadline, read = drainTo < 0 || !this.inbox.isFull): number {
    const woken = this.block(drainTo, read, deadline.left, watchedSignals())
    if (woken === Woken.Interrupted) throw interrupted()
    if (woken === Woken.Busy) throw reentrant()
    if (woken === Woken.Gone) this.end()
    return woken
  }

  /** @internal */
  handleMessage(message: Message, bytes: number): void {
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
}
