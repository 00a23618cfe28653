/** The blocking face: the same connection and the same names, waiting on the calling thread. */

import { workerThreads } from './builtin.js'
import { BaseConnection, CLOSED, checkClose, NORMAL, OPEN, unsentError } from './connection.js'
import type { Attempt } from './diagnostics.js'
import { TimeoutError, WebSocketError } from './errors.js'
import { type Opened, Woken } from './native.js'
import {
  type RecvManyOptions,
  type Settings,
  toRecvMany,
  toTimeout,
  toWaitSignal,
  type WaitOptions,
} from './options.js'
import { type Data, type Message, toPingPayload } from './payload.js'
import { now } from './timers.js'

/** A blocked call ends on Ctrl-C where the program listens for it; elsewhere the process just ends. */
export function watchesSigint(): boolean {
  return process.listenerCount('SIGINT') > 0 && workerThreads().isMainThread
}

/** The error of a blocked call that a signal ended. */
export function interrupted(): WebSocketError {
  return new WebSocketError('ERR_WS_INTERRUPTED', 'open', 'the blocked call was interrupted')
}

/** A deadline that is carried from one native call to the next. */
class Deadline {
  readonly #at: number

  constructor(timeout: number) {
    this.#at = now() + timeout
  }

  /** Milliseconds left, as native code takes them: negative for no limit. */
  get left(): number {
    return this.#at === Number.POSITIVE_INFINITY ? -1 : Math.max(this.#at - now(), 0)
  }
}

/**
 * An open WebSocket connection (RFC 6455) whose calls block the thread. Pings are answered, and the
 * keepalive runs, only during calls.
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

  /** @internal */
  constructor(opened: Opened, settings: Settings, attempt: Attempt) {
    super(opened, settings, attempt)
    this.endWhenCollected()
  }

  /**
   * Sends a message: text for a string, binary for anything else. Blocks while `highWaterMark` bytes
   * or more are unsent; meanwhile it reads as far as the receive queue goes, so that a peer that
   * echoes can go on.
   *
   * @param options `timeout` in ms, instead of `sendTimeout`; `signal`
   * @throws TypeError `ERR_WS_INVALID_DATA`; TimeoutError `ERR_WS_SEND_TIMEOUT`, after which the
   * message is not sent; ConnectionClosedError; WebSocketError `ERR_WS_INTERRUPTED`.
   */
  send(data: Data, options?: WaitOptions): void {
    if (this.readyState !== OPEN) throw this.endError()
    const { highWaterMark } = this.settings
    if (this.#unsent >= highWaterMark && this.bufferedAmount >= highWaterMark) this.#drain(options)
    else this.#timeout(options, this.settings.sendTimeout)
    this.#unsent = this.transmit(data)
    if (this.#unsent < 0) throw this.endError()
  }

  /**
   * Sends messages in order, as few writes as they fit into. One that fails ends it: those before were
   * sent, those after were not.
   *
   * @param options as of `send`, for each wait
   * @throws As {@link SyncConnection.send}.
   */
  sendMany(messages: Iterable<Data>, options?: WaitOptions): void {
    this.cork(true)
    try {
      for (const message of messages) this.send(message, options)
    } finally {
      this.cork(false)
    }
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
    if (this.transmitPing(payload) < 0) throw this.endError()
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

  /** Ends the connection at once, without a word to the peer. Unsent messages are lost. */
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

  #drain(options: WaitOptions | undefined): void {
    const deadline = new Deadline(this.#timeout(options, this.settings.sendTimeout))
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

  #block(drainTo: number, deadline: Deadline): number {
    const read = drainTo < 0 || !this.inbox.isFull
    const woken = this.block(drainTo, read, deadline.left, watchesSigint())
    if (woken === Woken.Interrupted) throw interrupted()
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
