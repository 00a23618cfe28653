/** What programs read and call of `ws._socket`: the socket of a connection, which native code owns. */

import { EventEmitter } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { CallbackConnection } from '../connection/callback.js'
import { type SentCallback, throwLater } from '../connection/program-calls.js'
import type { Failure } from '../native/binding.js'
import { clearInterval, setInterval, type Timer } from '../node/timers.js'
import { warnIgnored } from './ignored.js'

/** Returns the encoding of a string to write, which a callback may stand in the place of. */
function toEncoding(given: BufferEncoding | SentCallback | undefined): BufferEncoding | undefined {
  return typeof given === 'function' ? undefined : given
}

/** The fields of a family of addresses, as `net.Socket` names them. */
function orMissing({ address, family, port }: AddressInfo) {
  return family === 'Unix' ? {} : { address, family, port }
}

/** Events that would show what is received. */
const RECEIVING: readonly unknown[] = ['data', 'readable']

/** How often the time without activity is measured within its limit. */
const SAMPLES = 4
/** Milliseconds in a second. */
const SECOND = 1000
/** Why there are no bytes, and what has them. */
const NO_BYTES =
  'native code owns the socket; bytesRead and bytesWritten count, and the option createConnection brings a socket of Node'

/**
 * Shows the socket of a connection with the names of `net.Socket`. What is received is not seen here: there are no
 * `'data'` events, and a listener for them causes a warning.
 */
export class SocketView extends EventEmitter {
  readonly #connection: CallbackConnection
  readonly #close: () => void
  /** Whether the socket has ended, or the program has ended it. */
  destroyed = false
  #hasFinished = false
  /** The argument of `setTimeout`. */
  timeout: number | undefined
  #idle: Timer | undefined

  /** @param close ends the connection as the end of the socket does */
  constructor(connection: CallbackConnection, close: () => void) {
    super()
    this.#connection = connection
    this.#close = close
    this.on('newListener', (type: unknown) => {
      if (RECEIVING.includes(type)) warnIgnored(`'${type}' of _socket`, NO_BYTES)
    })
  }

  get remoteAddress(): string | undefined {
    return orMissing(this.#connection.remoteAddress).address
  }
  get remoteFamily(): string | undefined {
    return orMissing(this.#connection.remoteAddress).family
  }
  get remotePort(): number | undefined {
    return orMissing(this.#connection.remoteAddress).port
  }
  get localAddress(): string | undefined {
    return orMissing(this.#connection.localAddress).address
  }
  get localFamily(): string | undefined {
    return orMissing(this.#connection.localAddress).family
  }
  get localPort(): number | undefined {
    return orMissing(this.#connection.localAddress).port
  }
  get bytesRead(): number {
    return this.#connection.stats().bytesReceived
  }
  get bytesWritten(): number {
    return this.#connection.stats().bytesSent
  }
  get bufferSize(): number {
    return this.#connection.bufferedAmount
  }
  get writableLength(): number {
    return this.#connection.bufferedAmount
  }
  get readableLength(): number {
    return 0
  }
  get writableHighWaterMark(): number {
    return 16 * 1024
  }
  get readable(): boolean {
    return !this.destroyed
  }
  get writable(): boolean {
    return !this.destroyed
  }
  get connecting(): boolean {
    return false
  }
  get pending(): boolean {
    return false
  }
  get readyState(): string {
    return this.destroyed ? 'closed' : 'open'
  }
  get _writableState(): { length: number; needDrain: boolean } {
    return { length: this.#connection.bufferedAmount, needDrain: false }
  }
  get _readableState(): { length: number; endEmitted: boolean } {
    return { length: 0, endEmitted: this.destroyed }
  }

  address(): AddressInfo | object {
    return orMissing(this.#connection.localAddress)
  }

  /** Whether nothing is read: reading is paused, or what was read is still to be delivered. */
  isPaused(): boolean {
    return this.#connection.isPaused || this.#connection.isBehind
  }

  /** Has no effect: messages are written at once. */
  setNoDelay(): this {
    return this
  }
  /** Sets whether the kernel probes an idle connection, and after how many ms. */
  setKeepAlive(enabled: unknown = false, delay: unknown = 0): this {
    this.#connection.setKeepAlive(Boolean(enabled), Math.floor(Number(delay) / SECOND))
    return this
  }

  /**
   * Emits `'timeout'` when nothing was received or sent for `delay` ms, or up to a quarter more; 0 stops that. After it has
   * been emitted, it is again when something was.
   */
  setTimeout(delay: number, listener?: () => void): this {
    this.timeout = delay
    clearInterval(this.#idle)
    this.#idle = undefined
    if (delay > 0) {
      this.#idle = this.#watch(delay / SAMPLES)
      this.#idle.unref()
      if (listener !== undefined) this.once('timeout', listener)
    } else if (listener !== undefined) this.off('timeout', listener)
    return this
  }

  /** Counts for how many intervals in a row nothing was received or sent. */
  #watch(interval: number): Timer {
    let before = this.bytesRead + this.bytesWritten
    let quiet = 0
    return setInterval(() => {
      const after = this.bytesRead + this.bytesWritten
      quiet = after === before ? quiet + 1 : 0
      before = after
      if (quiet === SAMPLES) this.#emit('timeout')
    }, interval)
  }

  /** Has no effect. */
  cork(): void {}
  /** Has no effect. */
  uncork(): void {}

  pause(): this {
    this.#connection.pause()
    this.notePause(true)
    return this
  }

  resume(): this {
    this.#connection.resume()
    this.notePause(false)
    return this
  }

  /** Emits that reading has been paused or resumed. */
  notePause(isPaused: boolean): void {
    this.#emit(isPaused ? 'pause' : 'resume')
  }

  /**
   * Writes bytes as they are, behind the frames that were sent. What the peer makes of them is up to the program.
   *
   * @returns whether nothing is unsent
   */
  write(
    data: string | NodeJS.ArrayBufferView,
    encoding?: BufferEncoding | SentCallback,
    callback?: SentCallback,
  ): boolean {
    const bytes = typeof data === 'string' ? Buffer.from(data, toEncoding(encoding)) : data
    this.#connection.sendRaw(bytes, typeof encoding === 'function' ? encoding : callback)
    return this.#connection.bufferedAmount === 0
  }

  /** Takes bytes as if the peer had sent them. `null` ends the connection. Returns `true`. */
  push(bytes: NodeJS.ArrayBufferView | null): boolean {
    if (bytes === null) this.destroy()
    else this.#connection.pushReceived(bytes)
    return true
  }

  ref(): this {
    this.#connection.ref()
    return this
  }

  unref(): this {
    this.#connection.unref()
    return this
  }

  /** Ends the connection without a close frame. */
  end(): this {
    return this.destroy()
  }

  /** Ends the connection without a close frame. */
  destroy(_error?: Error): this {
    if (!this.destroyed) this.#close()
    return this
  }

  resetAndDestroy(): this {
    return this.destroy()
  }

  destroySoon(): void {
    this.destroy()
  }

  /** Emits what `net.Socket` emits at its end. */
  finish(failure: Failure | undefined): void {
    if (this.#hasFinished) return
    this.#hasFinished = true
    this.destroyed = true
    clearInterval(this.#idle)
    const code = failure?.causeCode
    if (code !== undefined && this.listenerCount('error') > 0)
      this.#emit('error', Object.assign(new Error(`read ${code}`), { code, syscall: 'read' }))
    else this.#emit('end')
    this.#emit('close', code !== undefined)
  }

  #emit(type: string, ...values: unknown[]): void {
    try {
      this.emit(type, ...values)
    } catch (error) {
      throwLater(error)
    }
  }
}
