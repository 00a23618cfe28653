/** What programs read of `ws._receiver` and `ws._sender`, the parts of `ws` that are native code here. */

import { EventEmitter } from 'node:events'
import type { CallbackConnection } from '../connection/callback.js'
import type { ClientOptions } from './options.js'
import type { Outgoing } from './outgoing.js'

/** What the views show of a client. */
export interface Viewed {
  readonly options: ClientOptions
  readonly connection: CallbackConnection | undefined
  readonly binaryType: string
  readonly extensions: object
  readonly socket: object | null
}

/** The state of a receiver of `ws` that waits for the header of a frame. */
const GET_INFO = 0
/** The state of a receiver of `ws` that waits for data to be decompressed. */
const INFLATING = 5
/** The state of a sender of `ws` that does nothing. */
const DEFAULT = 0
/** The state of a sender of `ws` that compresses a message. */
const DEFLATING = 1
/** The state of a sender of `ws` that reads a Blob. */
const GET_BLOB_DATA = 2

/** Shows the receiving half of a connection. Emits `'conclude'` for the peer's close frame, and `'drain'`. */
export class ReceiverView extends EventEmitter {
  readonly #client: Viewed
  /** Whether the peer has violated the protocol. */
  hasFailed = false

  constructor(client: Viewed) {
    super()
    this.#client = client
  }

  get _maxPayload(): number {
    return (this.#client.options.maxPayload as number) | 0
  }
  get _maxFragments(): number {
    return (this.#client.options.maxFragments as number) | 0
  }
  get _maxBufferedChunks(): number {
    return (this.#client.options.maxBufferedChunks as number) | 0
  }
  get _binaryType(): string {
    return this.#client.binaryType
  }
  get _extensions(): object {
    return this.#client.extensions
  }
  /** Bytes are kept by native code. */
  get _bufferedBytes(): number {
    return 0
  }
  /** What is decompressed and not delivered counts as being decompressed. */
  get _state(): number {
    return this.#client.connection?.isBehind ? INFLATING : GET_INFO
  }
  get _writableState(): { needDrain: boolean; errorEmitted: boolean; length: number } {
    return {
      needDrain: this.#client.connection?.isBehind === true,
      errorEmitted: this.hasFailed,
      length: 0,
    }
  }
}

/** Shows the sending half of a connection. */
export class SenderView {
  readonly #client: Viewed
  readonly #outgoing: Outgoing

  constructor(client: Viewed, outgoing: Outgoing) {
    this.#client = client
    this.#outgoing = outgoing
  }

  get _socket(): object | null {
    return this.#client.socket
  }
  get _extensions(): object {
    return this.#client.extensions
  }
  get _bufferedBytes(): number {
    return this.#outgoing.bytes
  }
  get _state(): number {
    if (this.#outgoing.isReading) return GET_BLOB_DATA
    return this.#outgoing.bytes > 0 ? DEFLATING : DEFAULT
  }
}
