/** What a WebSocket sends: messages in order, those of Blobs included, and the count of what has not left. */

import { Blob } from 'node:buffer'
import { types } from 'node:util'
import type { CallbackConnection } from '../connection/callback.js'
import type { Data } from '../native/payload.js'
import { nextTick } from '../node/timers.js'
import { toScalars } from './idl.js'

/** A message that can be sent. */
export type Sendable = Data | Blob

/** UTF-16 code units of texts that are kept to be counted, before they are counted anyway. */
const MAX_UNITS = 1024 * 1024

/** Converts the argument of `send`: a string for anything but bytes and Blobs. */
export function toSendable(data: unknown): Sendable {
  if (typeof data === 'string') return data
  if (ArrayBuffer.isView(data)) return data as NodeJS.ArrayBufferView
  if (types.isAnyArrayBuffer(data) || data instanceof Blob) return data
  return toScalars(data)
}

/** Returns the bytes of a message. */
export function sizeOf(data: Sendable): number {
  if (typeof data === 'string') return Buffer.byteLength(data)
  return data instanceof Blob ? data.size : data.byteLength
}

/** Copies a message that the program may change before it leaves. */
function copyOf(data: Sendable): Sendable {
  if (typeof data === 'string' || data instanceof Blob) return data
  if (!ArrayBuffer.isView(data)) return data.slice(0)
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
}

/** Counts the bytes that were sent in this turn, which `bufferedAmount` includes even if the kernel has taken them. */
class TurnCount {
  #bytes = 0
  /** Texts that are not counted yet. Most programs never read `bufferedAmount`. */
  #texts: string[] = []
  #units = 0
  #isRunning = false

  add(data: Data): void {
    if (!this.#isRunning) {
      this.#isRunning = true
      nextTick(() => this.#reset())
    }
    if (typeof data !== 'string') this.#bytes += data.byteLength
    else {
      this.#texts.push(data)
      this.#units += data.length
      if (this.#units > MAX_UNITS) this.#count()
    }
  }

  get bytes(): number {
    this.#count()
    return this.#bytes
  }

  #count(): void {
    for (const text of this.#texts) this.#bytes += Buffer.byteLength(text)
    this.#texts = []
    this.#units = 0
  }

  #reset(): void {
    this.#isRunning = false
    this.#bytes = 0
    this.#texts = []
    this.#units = 0
  }
}

/** The messages of one connection. */
export class Outgoing {
  readonly #connection: CallbackConnection
  /** Made with the first message. */
  #turn: TurnCount | undefined
  /** Messages behind a Blob that is being read, that Blob first. Made with the first Blob. */
  #waiting: Sendable[] | undefined
  #waitingBytes = 0
  /** Called when nothing waits. */
  #whenEmpty: (() => void) | undefined

  constructor(connection: CallbackConnection) {
    this.#connection = connection
  }

  /** Bytes that have not left. */
  get bytes(): number {
    return Math.max(this.#connection.bufferedAmount, this.#turn?.bytes ?? 0) + this.#waitingBytes
  }

  send(data: Sendable): void {
    if (this.#isWaiting || data instanceof Blob) this.#wait(copyOf(data))
    else this.#transmit(data)
  }

  /** Sends a message. The promise resolves when less than the high-water mark is unsent, or when the message has left. */
  sendUnderPressure(data: Data): Promise<void> | undefined {
    const connection = this.#connection
    if (connection.bufferedAmount < connection.highWaterMark) {
      connection.send(data)
      return undefined
    }
    return new Promise((resolve, reject) => {
      connection.send(data, (error) => (error ? reject(error) : resolve()))
    })
  }

  /** Calls back when the messages that wait have been sent: now if none do. */
  whenEmpty(callback: () => void): void {
    if (this.#isWaiting) this.#whenEmpty = callback
    else callback()
  }

  get #isWaiting(): boolean {
    return this.#waiting !== undefined && this.#waiting.length > 0
  }

  #transmit(data: Data): void {
    this.#turn ??= new TurnCount()
    this.#turn.add(data)
    this.#connection.send(data)
  }

  #wait(data: Sendable): void {
    this.#waiting ??= []
    this.#waiting.push(data)
    this.#waitingBytes += sizeOf(data)
    if (this.#waiting.length === 1) this.#read(data as Blob, this.#waiting)
  }

  /** @param waiting the messages that wait, this Blob first */
  #read(blob: Blob, waiting: Sendable[]): void {
    blob.arrayBuffer().then(
      (bytes) => {
        waiting[0] = bytes
        this.#drain(waiting)
      },
      // The file behind the Blob has changed. What follows cannot be sent in order.
      () => this.#connection.terminate(),
    )
  }

  /** Sends what waits, up to the next Blob. */
  #drain(waiting: Sendable[]): void {
    let sent = 0
    for (const data of waiting) {
      if (data instanceof Blob) break
      this.#waitingBytes -= sizeOf(data)
      this.#transmit(data)
      sent += 1
    }
    waiting.splice(0, sent)
    const [next] = waiting
    if (next !== undefined) this.#read(next as Blob, waiting)
    else this.#whenEmpty?.()
  }
}
