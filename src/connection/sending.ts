/**
 * Sending of the promise API: sends that need not wait, the send queue, messages in fragments, and calls that wait until
 * everything has left.
 */

import { AbortError, ConnectionClosedError, TimeoutError } from '../errors/classes.js'
import { flushHeld, scheduleFlush } from '../native/flush.js'
import { type Data, toView } from '../native/payload.js'
import type { Source } from '../native/source.js'
import { setImmediate } from '../node/timers.js'
import { type SendOptions, toSent, toWait, type Wait, type WaitOptions } from '../options/wait.js'
import { onAbort } from './abort.js'
import { ABNORMAL } from './close.js'
import { asEnd, rejected, run } from './end.js'
import { yieldIfDue } from './fair-turns.js'
import { Flushes } from './flushes.js'
import { FragmentedSend, type FragmentSender } from './fragmented-send.js'
import { toFlags } from './fragments.js'
import { Outbox } from './outbox.js'
import type { AsyncMessages, Messages } from './send-many.js'
import { within } from './waiters.js'

/** The promise of every send that does not wait. */
const SENT: Promise<void> = Promise.resolve()

/** What sending needs of its connection. */
export interface Sendable extends FragmentSender {
  /** Whether messages are accepted. */
  readonly isSending: boolean
  /** Sends one message. Returns the bytes that are unsent; negative if the connection has ended. */
  transmit(data: Data): number
  /** Sends one message as `compress` says. Returns as {@link transmit}. */
  transmitAs(data: string | NodeJS.ArrayBufferView, compress: boolean | undefined): number
  /** Sets whether sends are held until more have followed. */
  cork(corked: boolean): void
  /** Bytes that are unsent. */
  readonly bufferedAmount: number
  /** Has native code report when nothing is unsent. */
  notifyFlushed(): void
  /** The error of a call on a connection that has ended. */
  endError(): Error
  /** Completes an error that is not about the end. */
  explain<E extends Error>(error: E): E
  /** Reads what has arrived. */
  turn(): void
  // How it has ended.
  readonly closeCode: number | undefined
  readonly closeReason: string
  readonly wasClean: boolean
}

/** The sends of one connection. */
export class Sending {
  readonly #connection: Sendable
  readonly #outbox: Outbox
  /** Made with the first use. */
  #flushes: Flushes | undefined
  /** Ends the calls that wait for an async iterable. Made with the first use. */
  #leaving: Set<(error: Error) => void> | undefined
  /** Sends in fragments, of which the first is being sent. Made with the first use. */
  #fragmented: Set<FragmentedSend> | undefined
  /** In ms. */
  readonly #timeout: number

  constructor(connection: Sendable, highWaterMark: number, timeout: number) {
    this.#connection = connection
    this.#timeout = timeout
    this.#outbox = new Outbox(connection, highWaterMark)
  }

  send(data: Data, options: SendOptions | undefined): Promise<void> {
    if (!this.#connection.isSending) return rejected(this.#connection.endError())
    try {
      if (options !== undefined || this.#outbox.mustWait) return this.#sendWaiting(data, options)
      if (!this.#outbox.send(data)) return this.#sendWaiting(data, options)
    } catch (error) {
      return Promise.reject(error)
    }
    scheduleFlush()
    return SENT
  }

  /** Sends a message in fragments, as its chunks come. */
  sendChunks(source: Source, options: SendOptions | undefined): Promise<void> {
    const connection = this.#connection
    return run(async () => {
      if (!connection.isSending) throw connection.endError()
      const { wait, compress } = toSent(options, this.#timeout)
      const send = new FragmentedSend(connection, this.#outbox, source, toFlags(compress), wait)
      this.#fragmented ??= new Set()
      this.#fragmented.add(send)
      try {
        await send.run()
      } finally {
        this.#fragmented.delete(send)
        // Calls of flush waited for the end of this message as well.
        this.#flushes?.handleDrained()
      }
    })
  }

  /** Whether a message is being sent in fragments. */
  get isFragmenting(): boolean {
    return this.#outbox.isReserved
  }

  /** Sends a message unless that takes waiting. Returns whether it was accepted. */
  trySend(data: Data): boolean {
    if (!this.#connection.isSending || this.#outbox.mustWait) return false
    if (!this.#outbox.send(data)) return false
    scheduleFlush()
    return true
  }

  async sendAll(messages: Messages, options: SendOptions | undefined): Promise<void> {
    // An array runs no code between the messages, which would delay those already sent.
    const corks = Array.isArray(messages)
    this.#connection.cork(corks)
    try {
      for (const message of messages) {
        const sent = this.send(message, options)
        if (sent === SENT) continue
        this.#connection.cork(false)
        await sent
        this.#connection.cork(corks)
      }
    } finally {
      this.#connection.cork(false)
    }
  }

  /** Sends messages as they come. Rejects if the connection ends or the signal is aborted, also while none comes. */
  sendEach(messages: AsyncMessages, options: SendOptions | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const signal = toSent(options, this.#timeout).wait.signal
      let reason: Error | undefined
      const leave = (error: Error) => {
        reason = error
        // A send that waits rejects first, and then the iterable is left before.
        setImmediate(() => reject(error))
      }
      const ignore =
        signal === undefined ? () => {} : onAbort(signal, () => leave(new AbortError(signal.reason)))
      this.#leaving ??= new Set()
      this.#leaving.add(leave)
      const release = () => {
        ignore()
        this.#leaving?.delete(leave)
      }
      this.#sendEach(messages, options, () => reason)
        .then(resolve, reject)
        .finally(release)
    })
  }

  async #sendEach(
    messages: AsyncMessages,
    options: SendOptions | undefined,
    left: () => Error | undefined,
  ): Promise<void> {
    for await (const message of messages) {
      const reason = left()
      if (reason !== undefined) throw reason
      await this.send(message, options)
      // An iterable that never waits would keep the loop from reading.
      await yieldIfDue()
    }
  }

  /** Waits until everything that was sent is with the kernel. */
  async flush(options: WaitOptions | undefined): Promise<void> {
    const wait = toWait(options, 'sendTimeout', this.#timeout)
    const connection = this.#connection
    if (!connection.isSending) throw connection.endError()
    flushHeld()
    this.#flushes ??= new Flushes({
      isSent: () => this.#outbox.isEmpty && connection.bufferedAmount === 0,
      // The end of a message in fragments is no event of native code.
      notifyFlushed: () => connection.bufferedAmount > 0 && connection.notifyFlushed(),
      expired: (each) => this.#unflushedError(each),
      turn: () => connection.turn(),
    })
    return this.#flushes.wait(wait)
  }

  /** Runs `then` when no send is pending. */
  whenEmpty(then: () => void): void {
    this.#outbox.whenEmpty(then)
  }

  /** Enough bytes have left for pending sends to go on, or all. */
  handleDrained(): void {
    this.#outbox.handleDrained()
    this.#flushes?.handleDrained()
  }

  /** The connection has ended: rejects pending calls. */
  end(): void {
    const connection = this.#connection
    if (this.#leaving !== undefined) for (const leave of this.#leaving) leave(connection.endError())
    this.#flushes?.rejectAll(() => connection.endError())
    if (this.#fragmented !== undefined) for (const send of this.#fragmented) send.stop(this.#unsentError())
    this.#outbox.rejectAll(() => this.#unsentError())
  }

  #unsentError(): Error {
    const connection = this.#connection
    const { closeCode = ABNORMAL, closeReason, wasClean } = connection
    const message = `not sent: ${connection.endError().message}`
    return asEnd(connection.explain(new ConnectionClosedError(message, closeCode, closeReason, wasClean)))
  }

  #sendWaiting(data: Data, options: SendOptions | undefined): Promise<void> {
    const { wait, compress } = toSent(options, this.#timeout)
    // Throws for invalid data now, not when the message is sent.
    const ready = typeof data === 'string' ? data : toView(data)
    const transmit = () => this.#connection.transmitAs(ready, compress)
    if (this.#outbox.mustWait || !this.#outbox.transmit(transmit)) return this.#outbox.wait(transmit, wait)
    scheduleFlush()
    return SENT
  }

  #unflushedError(wait: Wait): Error {
    const message = `${this.#connection.bufferedAmount} bytes were not sent ${within(wait)}`
    return this.#connection.explain(new TimeoutError('ERR_WS_SEND_TIMEOUT', 'open', message))
  }
}
