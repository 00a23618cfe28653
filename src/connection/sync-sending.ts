/** Sending of the blocking API: messages that are whole, messages in fragments, and waits for the peer. */

import { TimeoutError, WebSocketError } from '../errors/classes.js'
import { SEND_READ_FIRST, WOKEN_DEADLINE, WOKEN_DELIVERED } from '../native/binding.js'
import { type Data, toView } from '../native/payload.js'
import type { Source } from '../native/source.js'
import { type SendOptions, toSent, toWait, type Wait, type WaitOptions } from '../options/wait.js'
import { CLOSED, OPEN } from './close.js'
import { Deadline } from './deadline.js'
import { checkBlocking, type Fragment, Fragments, toFlags } from './fragments.js'
import { sendExpired } from './outbox.js'
import { checkMessages, type Messages } from './send-many.js'
import { within } from './waiters.js'

/** Time that a send waits for a peer that takes nothing, below `highWaterMark`, in ms. */
const STALL_TIMEOUT = 5000

/** The error of a send by the iterable whose chunks are being sent. */
function sendingChunks(): WebSocketError {
  const message = 'a message cannot be sent by the iterable of another one, which is not complete'
  return new WebSocketError('ERR_WS_REENTRANT', 'open', message)
}

/** What sending needs of its connection. */
export interface SyncSendable {
  readonly readyState: number
  /** Bytes that are unsent. */
  readonly bufferedAmount: number
  // Each returns the bytes that are unsent, or one of the constants `SEND_`.
  transmit(data: Data): number
  transmitAs(data: string | NodeJS.ArrayBufferView, compress: boolean | undefined): number
  transmitFrame(payload: Fragment, flags: number): number
  /** Sets whether sends are held until more have followed. */
  cork(corked: boolean): void
  /** Reads once. Returns whether the deadline has passed. */
  readOnce(deadline: Deadline): boolean
  /** Reads once if the receive queue has room. */
  readIfRoom(): void
  /** Waits on this thread, for writing. Returns one of the constants `WOKEN_`. */
  waitUntil(drainTo: number, deadline: Deadline): number
  /** Fails the connection, whose peer has got a part of a message. */
  failSend(cause: unknown): void
  /** The error of a call on a connection that has ended. */
  endError(): Error
  /** Completes an error that is not about the end. */
  explain<E extends Error>(error: E): E
}

/** The settings of sending: times in ms, sizes in bytes. */
interface Limits {
  readonly sendTimeout: number
  readonly closeTimeout: number
  readonly highWaterMark: number
}

/** The sends of one connection. */
export class SyncSending {
  readonly #connection: SyncSendable
  readonly #limits: Limits
  /** Bytes unsent after the last send, an upper bound of those unsent now. */
  #unsent = 0
  /** Whether sends are held until more have followed. */
  #isCorked = false
  /** Whether a message is being sent in fragments. */
  #isFragmenting = false
  /** Whether the peer takes nothing. Sends below `highWaterMark` then do not wait. */
  #isStalled = false

  constructor(connection: SyncSendable, { sendTimeout, closeTimeout, highWaterMark }: Limits) {
    this.#connection = connection
    this.#limits = { sendTimeout, closeTimeout, highWaterMark }
  }

  /** Sends a message that is whole. */
  send(data: Data, options: SendOptions | undefined): void {
    const connection = this.#connection
    this.#check()
    const { wait, compress } = toSent(options, this.#limits.sendTimeout)
    if (compress === undefined) {
      this.#accept(() => connection.transmit(data), wait)
      return
    }
    const ready = typeof data === 'string' ? data : toView(data)
    this.#accept(() => connection.transmitAs(ready, compress), wait)
  }

  /** Sends a message in fragments, as its chunks come. */
  sendChunks(source: Source, options: SendOptions | undefined): void {
    this.#check()
    const { wait, compress } = toSent(options, this.#limits.sendTimeout)
    const chunks = checkBlocking(source)
    const fragments = new Fragments(toFlags(compress))
    this.#isFragmenting = true
    try {
      for (const chunk of chunks) {
        const fragment = fragments.add(chunk)
        if (fragment !== undefined) this.#sendFragment(fragment, fragments.flags(false), wait)
      }
      this.#sendFragment(fragments.last(), fragments.flags(true), wait)
    } catch (error) {
      if (fragments.hasBegun) this.#connection.failSend(error)
      throw error
    } finally {
      this.#isFragmenting = false
    }
  }

  sendMany(messages: Messages, options: SendOptions | undefined): void {
    checkMessages(messages, Symbol.iterator)
    // An array runs no code between the messages, which would delay those already sent.
    this.#cork(Array.isArray(messages))
    try {
      for (const message of messages) this.send(message, options)
    } finally {
      this.#cork(false)
    }
    if (this.#unsent > 0 && this.#connection.bufferedAmount > 0)
      this.#settle(new Deadline(toSent(options, this.#limits.sendTimeout).wait.timeout))
  }

  /** Sends a message without waiting. Returns whether it was accepted. */
  trySend(data: Data): boolean {
    const connection = this.#connection
    if (connection.readyState !== OPEN || this.#isFragmenting) return false
    if (this.#isAtMark) {
      // Nothing else writes or reads while a program only tries.
      connection.readIfRoom()
      if (!this.#isOpen || this.#isAtMark) return false
    }
    let unsent = connection.transmit(data)
    while (unsent === SEND_READ_FIRST) {
      connection.readIfRoom()
      if (this.#hasEnded) return false
      unsent = connection.transmit(data)
    }
    if (unsent < 0) return false
    this.#unsent = unsent
    if (unsent === 0) this.#isStalled = false
    return true
  }

  /** Waits until the kernel has taken everything that was sent. */
  flush(options: WaitOptions | undefined): void {
    const connection = this.#connection
    const wait = toWait(options, 'sendTimeout', this.#limits.sendTimeout)
    if (connection.readyState !== OPEN) throw connection.endError()
    const deadline = new Deadline(wait.timeout)
    while (connection.bufferedAmount > 0) {
      const woken = connection.waitUntil(0, deadline)
      if (this.#hasEnded) throw connection.endError()
      if (woken !== WOKEN_DEADLINE || connection.bufferedAmount === 0) continue
      const message = `${connection.bufferedAmount} bytes were not sent ${within(wait)}`
      throw connection.explain(new TimeoutError('ERR_WS_SEND_TIMEOUT', 'open', message))
    }
  }

  /** Repeats a send that returned a negative number. `SEND_READ_FIRST` asks to read the socket before the send. */
  transmitAgain(result: number, send: () => number): number {
    let unsent = result
    while (unsent === SEND_READ_FIRST) {
      this.#connection.readIfRoom()
      if (!this.#isOpen) throw this.#connection.endError()
      unsent = send()
    }
    if (unsent < 0) throw this.#lostError()
    return unsent
  }

  /** Getters, because TypeScript would narrow `readyState` across calls that change it. */
  get #hasEnded(): boolean {
    return this.#connection.readyState === CLOSED
  }

  get #isOpen(): boolean {
    return this.#connection.readyState === OPEN
  }

  /** Whether `highWaterMark` bytes or more are unsent. */
  get #isAtMark(): boolean {
    const { highWaterMark } = this.#limits
    return this.#unsent >= highWaterMark && this.#connection.bufferedAmount >= highWaterMark
  }

  #check(): void {
    if (!this.#isOpen) throw this.#connection.endError()
    if (this.#isFragmenting) throw this.#connection.explain(sendingChunks())
  }

  #sendFragment(payload: Fragment, flags: number, wait: Wait): void {
    if (!this.#isOpen) throw this.#connection.endError()
    this.#accept(() => this.#connection.transmitFrame(payload, flags), wait)
  }

  /** Has native code accept a message or a fragment when there is room for it, and waits until it has left. */
  #accept(transmit: () => number, wait: Wait): void {
    let deadline: Deadline | undefined
    if (this.#isAtMark) {
      deadline = new Deadline(wait.timeout)
      this.#drain(deadline, wait)
    }
    const unsent = transmit()
    this.#unsent = unsent < 0 ? this.transmitAgain(unsent, transmit) : unsent
    if (this.#unsent === 0) this.#isStalled = false
    else if (!this.#isCorked) this.#settle(deadline ?? new Deadline(wait.timeout))
  }

  #cork(corked: boolean): void {
    this.#isCorked = corked
    this.#connection.cork(corked)
  }

  /** The error of a message that cannot be sent. Reads on first: the peer's close frame may be unread. */
  #lostError(): Error {
    const deadline = new Deadline(Math.min(this.#limits.closeTimeout, 1000))
    while (this.#isOpen && !this.#connection.readOnce(deadline));
    return this.#connection.endError()
  }

  /** Waits until the kernel has taken what was accepted. Stops if it takes nothing. */
  #settle(deadline: Deadline): void {
    const connection = this.#connection
    let [left, before] = [connection.bufferedAmount, Number.POSITIVE_INFINITY]
    while (left > 0 && left < before && deadline.left !== 0) {
      before = left
      this.#waitForRoom(deadline.within(this.#isStalled ? 0 : STALL_TIMEOUT))
      left = connection.bufferedAmount
      this.#isStalled = left >= before
    }
    if (left === 0) this.#isStalled = false
  }

  /** Waits until the kernel has taken everything or the deadline has passed. Polls the socket at least once. */
  #waitForRoom(deadline: Deadline): void {
    let woken: number
    do {
      woken = this.#connection.waitUntil(0, deadline)
      if (!this.#isOpen) throw this.#connection.endError()
    } while (woken === WOKEN_DELIVERED && deadline.left !== 0)
  }

  /** Waits until half of `highWaterMark` is unsent. */
  #drain(deadline: Deadline, wait: Wait): void {
    const { highWaterMark } = this.#limits
    while (this.#connection.bufferedAmount >= highWaterMark) {
      if (this.#connection.waitUntil(highWaterMark / 2, deadline) === WOKEN_DEADLINE)
        throw this.#connection.explain(sendExpired(wait))
    }
  }
}
