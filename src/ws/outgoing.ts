/** What a client sends: messages in the order of the calls, also while a Blob among them is being read. */

import type { CallbackConnection } from '../connection/callback.js'
import { callBack, type SentCallback, throwLater } from '../connection/program-calls.js'
import { FRAME_CONTINUATION, FRAME_MORE, FRAME_PLAIN, FRAME_TEXT } from '../native/binding.js'
import { afterPromises, nextTick } from '../node/timers.js'
import type { Agreed } from './deflate.js'
import { warnUnmasked } from './ignored.js'

/** Options of one message. */
export interface SendOptions {
  /** Whether it is sent as binary. Default: unless the data is a string or a number. */
  binary?: boolean | undefined
  /** Whether it may be compressed. */
  compress?: boolean | undefined
  /** Whether it is the last fragment. Default `true`. */
  fin?: boolean | undefined
  /** Has no effect: a client has to mask (RFC 6455 section 5.1). `false` causes a warning. */
  mask?: boolean | undefined
}

/** Most bytes of the payload of a ping or pong (RFC 6455 section 5.5). */
const MAX_CONTROL_PAYLOAD = 125

/** The bytes of what a program sends, as `Buffer.from` reads them. */
export function toBytes(data: unknown): Buffer {
  if (Buffer.isBuffer(data)) return data
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return Buffer.from(data as string)
}

export function isBlob(data: unknown): data is Blob {
  return (
    typeof data === 'object' &&
    data !== null &&
    typeof (data as Blob).arrayBuffer === 'function' &&
    typeof (data as Blob).stream === 'function' &&
    /^(Blob|File)$/.test((data as Blob)[Symbol.toStringTag as never])
  )
}

/** The length of what a program sends. */
export function lengthOf(data: unknown): number {
  if (isBlob(data)) return data.size
  return typeof data === 'string' ? Buffer.byteLength(data) : toBytes(data).length
}

const closedWhileReading = () => new Error('The socket was closed while the blob was being read')

/** How a program sends something. */
interface Frame {
  readonly isBinary: boolean
  readonly isLast: boolean
  /** Whether the program wants it uncompressed. */
  readonly isPlain: boolean
}

const closedWhileCompressing = (cause?: Error) =>
  new Error('The socket was closed while data was being compressed', { cause })

/** What was compressed in one tick. With `ws`, it is being compressed for the rest of the tick, and what follows waits. */
interface Batch {
  bytes: number
  /** Whether this side has ended the connection in that tick. */
  isCut: boolean
}

/** Passes on the error that `ws` has if the connection ends before a message is compressed. */
function withReason(callback: SentCallback, batch: Batch): SentCallback {
  return (error) => callback(error || batch.isCut ? closedWhileCompressing(error) : error)
}

type Send = (bytes: Buffer, callback: SentCallback | undefined) => void

/** A call that waits for a Blob. */
interface Waiting {
  readonly bytes: number
  readonly run: () => void
  readonly callback: SentCallback | undefined
}

/** The client whose messages are sent. */
export interface OutgoingOwner {
  /** A Blob cannot be read. */
  handleSendError(error: unknown): void
}

/** The messages that a client sends. */
export class Outgoing {
  readonly #connection: CallbackConnection
  readonly #owner: OutgoingOwner
  /** Calls that wait for the Blob that is being read; missing while none is. */
  #waiting: Waiting[] | undefined
  /** The Blob that is being read. */
  #reading: Waiting | undefined
  /** Whether a message has been sent in part. */
  #hasBegun = false
  /** Whether the bytes of the message that has been sent in part are those of a text. */
  #isText = false
  /** Whether permessage-deflate is in use. */
  readonly #isCompressed: boolean
  /** Bytes from which messages are compressed. */
  readonly #threshold: number
  #hasEnded = false
  /** What was compressed in this tick. */
  #compressing: Batch | undefined

  /** @param agreed on permessage-deflate; left out if that is not in use */
  constructor(connection: CallbackConnection, agreed: Agreed | undefined, owner: OutgoingOwner) {
    this.#connection = connection
    this.#isCompressed = agreed !== undefined
    this.#threshold = agreed?.threshold ?? 0
    this.#owner = owner
  }

  /** Whether a Blob is being read. */
  get isReading(): boolean {
    return this.#reading !== undefined
  }

  /** Bytes that wait for a Blob, the Blob included, and those that were compressed in this tick. */
  get bytes(): number {
    let bytes = (this.#compressing?.bytes ?? 0) + (this.#reading?.bytes ?? 0)
    for (const { bytes: each } of this.#waiting ?? []) bytes += each
    return bytes
  }

  /** Sends a message. */
  send(data: unknown, options: SendOptions | undefined, callback: SentCallback | undefined): void {
    const isPlain = typeof data === 'string' || Buffer.isBuffer(data)
    if (isPlain && options === undefined && this.#isIdle) {
      if (this.#isCompressed) this.#countCompressed(Buffer.byteLength(data))
      this.#connection.send(data, this.#toDone(callback))
      return
    }
    const kind = this.#toFrame(data, options)
    if (isBlob(data)) {
      this.#sendBlob(data, (bytes, sent) => this.#sendPart(bytes, kind, sent), callback)
      return
    }
    const message = typeof data === 'string' && !kind.isBinary ? data : toBytes(data)
    if (this.#waiting === undefined) this.#sendPart(message, kind, callback)
    else this.#enqueue(lengthOf(message), () => this.#sendPart(message, kind, callback), callback)
  }

  /** Returns the callback of something that is sent now. */
  #toDone(callback: SentCallback | undefined): SentCallback | undefined {
    const batch = this.#compressing
    return batch && callback ? withReason(callback, batch) : callback
  }

  #toFrame(data: unknown, options: SendOptions | undefined): Frame {
    // An option that is present counts, also if it is `undefined`.
    const { binary, fin, compress, mask } = {
      binary: typeof data !== 'string',
      fin: true,
      compress: true,
      mask: true,
      ...options,
    }
    if (!mask) warnUnmasked()
    return { isBinary: Boolean(binary), isLast: Boolean(fin), isPlain: !compress }
  }

  /**
   * Sends a ping or a pong.
   *
   * @throws RangeError if the payload is too long.
   */
  sendControl(kind: 'ping' | 'pong', data: unknown, callback: SentCallback | undefined): void {
    if (lengthOf(data) > MAX_CONTROL_PAYLOAD)
      throw new RangeError(`The data size must not be greater than ${MAX_CONTROL_PAYLOAD} bytes`)
    const send: Send = (bytes, done) => this.#connection[kind](bytes, this.#toDone(done))
    if (isBlob(data)) {
      this.#sendBlob(data, send, callback)
      return
    }
    // Copied, since it may be sent later.
    const bytes = Buffer.from(toBytes(data))
    this.#enqueue(bytes.length, () => send(bytes, callback), callback)
  }

  /** Runs a task after everything that waits. */
  whenIdle(task: () => void): void {
    this.#enqueue(0, task, undefined)
  }

  /**
   * The connection has ended. The callbacks of what waits for a Blob are called when it has been read, or now if this
   * side has ended the connection.
   */
  end(isOwn: boolean): void {
    this.#hasEnded = true
    if (!isOwn) return
    const isCompressing = this.#compressing !== undefined
    if (this.#compressing !== undefined) this.#compressing.isCut = true
    afterPromises(() => this.#callBackAll(isCompressing ? closedWhileCompressing() : closedWhileReading()))
  }

  get #isIdle(): boolean {
    return this.#waiting === undefined && !this.#hasBegun && this.#threshold === 0
  }

  #enqueue(bytes: number, run: () => void, callback: SentCallback | undefined): void {
    if (this.#waiting === undefined) run()
    else this.#waiting.push({ bytes, run, callback })
  }

  /** Sends a frame. The first one of a message decides for all. */
  #sendPart(part: string | Buffer, frame: Frame, callback: SentCallback | undefined): void {
    const isFirst = !this.#hasBegun
    if (isFirst) this.#isText = !frame.isBinary
    const flags =
      (isFirst ? this.#compression(part, frame) : FRAME_CONTINUATION) |
      (frame.isLast ? 0 : FRAME_MORE) |
      (this.#isText && typeof part !== 'string' ? FRAME_TEXT : 0)
    this.#hasBegun = !frame.isLast
    if (this.#isCompressed && (flags & FRAME_PLAIN) === 0) this.#countCompressed(lengthOf(part))
    const done = this.#toDone(callback)
    if (flags === 0) this.#connection.send(part, done)
    else this.#connection.sendFrame(part, flags, done)
  }

  /** Counts what is compressed as waiting for the rest of the tick: with `ws`, it is compressed later. */
  #countCompressed(bytes: number): void {
    if (this.#compressing === undefined) {
      this.#compressing = { bytes: 0, isCut: false }
      nextTick(() => {
        this.#compressing = undefined
      })
    }
    this.#compressing.bytes += bytes
  }

  #compression(part: string | Buffer, { isPlain }: Frame): number {
    const isSmall = this.#threshold > 0 && lengthOf(part) < this.#threshold
    return isPlain || isSmall ? FRAME_PLAIN : 0
  }

  #sendBlob(blob: Blob, send: Send, callback: SentCallback | undefined): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push({ bytes: blob.size, run: () => this.#sendBlob(blob, send, callback), callback })
      return
    }
    this.#waiting = []
    this.#reading = { bytes: blob.size, run: () => {}, callback }
    blob.arrayBuffer().then(
      (memory) => this.#finishBlob(() => send(Buffer.from(memory), callback)),
      (error: unknown) => this.#failBlob(error),
    )
  }

  #finishBlob(send: () => void): void {
    if (this.#hasEnded) {
      this.#callBackAll(closedWhileReading())
      return
    }
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    this.#reading = undefined
    try {
      send()
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        next.run()
        // It was a Blob: what is left waits for it.
        const after = this.#waiting as Waiting[] | undefined
        if (after === undefined) continue
        after.push(...waiting)
        return
      }
    } catch (error) {
      throwLater(error)
    }
  }

  #failBlob(error: unknown): void {
    this.#callBackAll(error as Error)
    if (!this.#hasEnded) this.#owner.handleSendError(error)
  }

  #callBackAll(error: Error): void {
    const waiting = [this.#reading, ...(this.#waiting ?? [])]
    this.#reading = undefined
    this.#waiting = undefined
    for (const each of waiting) if (each?.callback) callBack(each.callback, error)
  }
}
