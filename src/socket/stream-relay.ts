/** Carries the bytes of a connection over a stream of Node. */

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { isWalking, native } from '../native/dispatch.js'
import { isRelaying, type RelayOwner, type RelayWork, relays } from '../native/relays.js'
import {
  carried,
  clearInterval,
  clearTimeout,
  MAX_DELAY,
  nextTick,
  setInterval,
  setTimeout,
  type Timer,
} from '../node/timers.js'

/** Time that a stream which is closed has to write what is left, in ms. */
const CLOSE_TIMEOUT = 1000

/** What sockets have and other streams may lack. */
interface SocketLike {
  ref?(): unknown
  unref?(): unknown
  setNoDelay?(on: boolean): unknown
  setTimeout?(ms: number): unknown
  readonly _handle?: { readonly writeQueueSize?: number; readonly fd?: number } | null
}

/** What a stream knows of the bytes that it has to write: all of them, and those of the write that is being done. */
interface WithState {
  readonly _writableState?: { readonly length?: number; readonly writelen?: number }
}

function ignore(): void {}

/** Returns the code and the message of an error of a stream. */
export function toRelayError(error: unknown, fallback = 'EIO'): [code: string, message: string] {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  return [
    typeof code === 'string' && code !== '' ? code : fallback,
    typeof message === 'string' && message !== '' ? message : String(error),
  ]
}

/** Returns the addresses of a stream as native code takes them: without zones. */
function toAddresses(stream: Duplex): string[] {
  const { localAddress, localPort, remoteAddress, remotePort } = stream as Partial<Socket>
  return [localAddress, localPort, remoteAddress, remotePort].map((item) =>
    String(item ?? '').replace(/%.*/, ''),
  )
}

/** A stream that carries a connection. */
export class StreamRelay implements RelayOwner {
  /** Its number. */
  readonly id: number
  #stream: Duplex
  #reads = false
  #hasBegun = false
  #isShut = false
  #isReferenced = true
  /** Bytes of the writes that the stream has not reported as done. */
  #unconfirmed = 0
  /** Keeps the process alive while nothing is read: a stream that is paused does not. */
  #hold: Timer | undefined
  /** The last error of the stream. */
  error: unknown
  // What the next turn delivers.
  #isTurnDue = false
  #hasRead = false
  #hasEnded = false

  constructor(stream: Duplex) {
    this.#stream = stream
    const socket = stream as SocketLike
    this.id = native.openRelay(toAddresses(stream), socket._handle?.fd ?? -1)
    relays.set(this.id, this)
    carried.streams += 1
    // Frames are written whole, and the connection has its own time limits.
    socket.setNoDelay?.(true)
    socket.setTimeout?.(0)
    this.#attach()
  }

  /** Stops to carry the stream, so that TLS can be laid over it. */
  detach(): Duplex {
    const stream = this.#stream
    stream.off('data', this.#handleData)
    stream.off('end', this.#handleEnd)
    stream.off('close', this.#handleEnd)
    // TLS of Bun reads nothing from a stream that is paused.
    if (process.versions.bun !== undefined) stream.resume()
    return stream
  }

  /** Carries the stream that has been laid over the one before. */
  replace(stream: Duplex): void {
    this.#stream.off('error', this.#handleError)
    this.#stream.on('error', ignore)
    this.#stream = stream
    this.#attach()
  }

  #attach(): void {
    const stream = this.#stream
    // What was read before the end may still have to be answered.
    stream.allowHalfOpen = true
    stream.on('error', this.#handleError)
    stream.on('end', this.#handleEnd)
    stream.on('close', this.#handleEnd)
    stream.pause()
    stream.on('data', this.#handleData)
    if (this.#reads) stream.resume()
    // What has destroyed it before was reported to others.
    if (stream.errored) this.#handleError(stream.errored)
    else if (stream.destroyed || stream.readableEnded) this.#handleEnd()
  }

  readonly #handleData = (chunk: Buffer | string): void => {
    native.relayRead(this.id, typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
    this.#hasRead = true
    this.#turn()
  }

  readonly #handleEnd = (): void => {
    if (this.#hasEnded && !this.#stream.destroyed) return
    this.#end()
  }

  readonly #handleError = (error: unknown): void => {
    this.error ??= error
    this.#end(...toRelayError(error))
  }

  #end(code?: string, message?: string): void {
    this.#hasEnded = true
    this.#hasRead = true
    native.relayEnd(this.id, this.#stream.destroyed, code, message)
    this.#turn()
  }

  #handleWritten(count: number, error: unknown): void {
    if (!error) this.#unconfirmed -= count
    if (relays.get(this.id) !== this) return
    const { destroyed, errored } = this.#stream
    if (errored || (error && !destroyed)) this.#handleError(errored ?? error)
    else if (destroyed) this.#handleEnd()
    else if (native.relayWritten(this.id, this.#unsent)) this.#turn()
  }

  /** Bytes that are not written. Of a write that is being done, a socket of Node knows how much the kernel has taken. */
  get #unsent(): number {
    const stream = this.#stream as Duplex & SocketLike
    const { writableLength: length, _handle: handle } = stream
    // A stream that has failed forgets what it has dropped, and one of objects counts those.
    const countsBytes = !stream.destroyed && !stream.errored && !stream.writableObjectMode
    if (!countsBytes || length === undefined) return this.#unconfirmed
    const queued = handle?.writeQueueSize
    return queued === undefined ? length : Math.min(length, queued + this.#waiting)
  }

  /** Bytes that wait behind the write that is being done. */
  get #waiting(): number {
    const { _writableState: state } = this.#stream as unknown as WithState
    const { length, writelen } = state ?? {}
    return length === undefined || writelen === undefined ? 0 : Math.max(length - writelen, 0)
  }

  /** Runs a turn, after native code or the rows of a batch if those are being handled. */
  #turn(): void {
    if (!isWalking() && !isRelaying()) {
      this.#runTurn()
      return
    }
    if (this.#isTurnDue) return
    this.#isTurnDue = true
    nextTick(() => {
      if (!this.#isTurnDue) return
      if (isWalking()) {
        this.#isTurnDue = false
        this.#turn()
      } else this.#runTurn()
    })
  }

  #runTurn(): void {
    this.#isTurnDue = false
    const reads = this.#hasRead
    this.#hasRead = false
    native.relayTurn(this.id, reads, this.#hasEnded)
  }

  handleWork({ bytes, reads, isShut, isClosed, isAborted, isReferenced }: RelayWork): number {
    try {
      if (bytes !== undefined) this.#write(bytes)
      if (isShut && !this.#isShut) this.#shut()
      if (isClosed) this.#close(isAborted)
      else this.#adjust(reads, isReferenced)
    } catch (error) {
      // A stream of the program has thrown.
      this.#stream.destroy(error instanceof Error ? error : new Error(String(error)))
    }
    return this.#unsent
  }

  /** Writes bytes. A stream that has been ended or destroyed calls back with an error. */
  #write(bytes: Buffer): void {
    const { length } = bytes
    this.#unconfirmed += length
    this.#stream.write(bytes, (error) => this.#handleWritten(length, error))
  }

  #shut(): void {
    this.#isShut = true
    this.#stream.end()
  }

  #adjust(reads: boolean, isReferenced: boolean): void {
    // Before the first bytes are asked for, another may read it, which lays TLS on it.
    this.#hasBegun ||= reads
    // Also if nothing has changed: the program may have resumed it.
    if (!reads && this.#hasBegun) this.#stream.pause()
    else if (reads !== this.#reads) this.#stream.resume()
    else if (isReferenced === this.#isReferenced) return
    this.#reads = reads
    clearInterval(this.#hold)
    // Another thread may be decompressing what has been read.
    if (!reads && isReferenced) this.#hold = setInterval(() => {}, MAX_DELAY)
    if (isReferenced === this.#isReferenced) return
    this.#isReferenced = isReferenced
    const socket = this.#stream as SocketLike
    if (isReferenced) socket.ref?.()
    else socket.unref?.()
  }

  /** Closes the stream, at once or after it has written what is left. */
  #close(isAborted: boolean): void {
    relays.delete(this.id)
    carried.streams -= 1
    clearInterval(this.#hold)
    const stream = this.detach()
    stream.off('error', this.#handleError)
    stream.on('error', ignore)
    if (stream.destroyed) return
    // A stream that is ending may still have to write the end of its TLS, which no length counts.
    const isEnding = stream.writableEnded && !stream.writableFinished
    if (isAborted || (stream.writableLength === 0 && !isEnding)) {
      stream.destroy()
      return
    }
    const timer = setTimeout(() => stream.destroy(), CLOSE_TIMEOUT)
    stream.on('close', () => clearTimeout(timer))
    stream.end(() => stream.destroy())
  }
}
