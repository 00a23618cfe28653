/** The class `WebSocketStream`: a WebSocket whose messages are streams, as the draft of the WHATWG has it. */

import type {
  ReadableStream,
  ReadableStreamDefaultController,
  WritableStreamDefaultController,
} from 'node:stream/web'
import { onAbort } from '../connection/abort.js'
import type { CallbackConnection } from '../connection/callback.js'
import type { Consumer } from '../connection/consumer.js'
import type { Data, Message } from '../native/payload.js'
import { streams } from '../node/builtin.js'
import { setImmediate } from '../node/timers.js'
import { toSignal } from '../options/wait.js'
import { defineInterface, requireArguments, toDictionary, toScalars } from './idl.js'
import { toTarget } from './init.js'
import { openConnection } from './opening.js'
import { Outgoing } from './outgoing.js'
import type { WebSocketCloseInfo, WebSocketOpenInfo, WebSocketStreamOptions } from './types.js'
import { type CloseArguments, toCloseArguments, uncleanError, WebSocketError } from './websocket-error.js'

/** Bytes of messages that are queued before reading stops. */
const QUEUE_BYTES = 64 * 1024
/** What a queued message counts besides its bytes. */
const MESSAGE_BYTES = 64

type Chunk = string | Uint8Array

/** Node's types lack the signal. */
type WithSignal = WritableStreamDefaultController & { readonly signal: AbortSignal }

const strategy = {
  highWaterMark: QUEUE_BYTES,
  size: (chunk?: Chunk) => (chunk?.length ?? 0) + MESSAGE_BYTES,
}

/** A promise with its functions. An unhandled rejection is not reported: there are two for one end. */
class Deferred<T> {
  readonly promise: Promise<T>
  resolve: (value: T) => void = () => {}
  reject: (error: unknown) => void = () => {}

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    this.promise.catch(() => {})
  }
}

/** Returns what a chunk sends. */
function toData(chunk: unknown): Data {
  if (typeof chunk === 'string') return chunk
  if (ArrayBuffer.isView(chunk) || chunk instanceof ArrayBuffer) return chunk as Data
  throw new TypeError('a chunk has to be a string or bytes')
}

/** Closes without a code. */
const WITHOUT_CODE: CloseArguments = { code: undefined, reason: '' }

/** Returns how to close for the reason that a stream was cancelled or aborted with. */
function toClosing(reason: unknown): CloseArguments {
  if (!(reason instanceof WebSocketError)) return WITHOUT_CODE
  try {
    return toCloseArguments({ closeCode: reason.closeCode ?? undefined, reason: reason.reason })
  } catch {
    // The error reports how another connection ended, with a code that may not be sent.
    return WITHOUT_CODE
  }
}

/** A WebSocket whose messages are streams, and its connection. */
export class WebSocketStream {
  readonly #url: string
  readonly #opened = new Deferred<WebSocketOpenInfo>()
  readonly #closed = new Deferred<Required<WebSocketCloseInfo>>()
  /** Cancels connecting. */
  readonly #cancel: () => void
  #ignoreSignal = () => {}
  #connection: CallbackConnection | undefined
  #isOver = false
  #isClosing = false
  #readable: ReadableStreamDefaultController<Chunk> | undefined
  #writable: WritableStreamDefaultController | undefined

  constructor(url: string | URL, options: WebSocketStreamOptions = {}) {
    requireArguments(arguments.length, 1, 'WebSocketStream constructor')
    const { signal: given, ...init } = toDictionary(options, 'options') as WebSocketStreamOptions
    const signal = toSignal(given ?? undefined)
    const { address, settings } = toTarget(toScalars(url), init)
    this.#url = address.href
    if (signal?.aborted) {
      this.#cancel = () => {}
      this.#abort(signal.reason)
      return
    }
    this.#cancel = openConnection(settings, this.#consumer(), {
      succeed: (connection) => this.#open(connection),
      fail: (error) => this.#fail(error),
    })
    if (signal !== undefined) this.#ignoreSignal = onAbort(signal, () => this.#abort(signal.reason))
  }

  get url(): string {
    return this.#url
  }

  get opened(): Promise<WebSocketOpenInfo> {
    return this.#opened.promise
  }

  get closed(): Promise<Required<WebSocketCloseInfo>> {
    return this.#closed.promise
  }

  close(info: WebSocketCloseInfo = {}): void {
    // Checks the receiver first.
    const isClosing = this.#isClosing
    const closing = toCloseArguments(info)
    if (!isClosing) this.#close(closing)
  }

  #consumer(): Consumer {
    return {
      handleMessage: (message) => this.#receive(message),
      handlePing: () => {},
      handlePong: () => {},
      handleCloseFrame: () => {
        this.#isClosing = true
      },
      handleViolation: () => {
        this.#isClosing = true
      },
      handleClose: () => this.#end(),
    }
  }

  #open(connection: CallbackConnection): void {
    this.#ignoreSignal()
    this.#connection = connection
    const { extensions, protocol } = connection
    const readable = this.#makeReadable(connection)
    const writable = this.#makeWritable(new Outgoing(connection))
    this.#opened.resolve({ extensions, protocol, readable, writable })
  }

  #makeReadable(connection: CallbackConnection): ReadableStream<Chunk> {
    const { ReadableStream } = streams()
    return new ReadableStream<Chunk>(
      {
        start: (controller) => {
          this.#readable = controller
        },
        pull: () => connection.resume(),
        cancel: (reason) => this.#close(toClosing(reason)),
      },
      strategy,
    )
  }

  #makeWritable(outgoing: Outgoing) {
    const { WritableStream } = streams()
    return new WritableStream<Data>({
      start: (controller) => {
        this.#writable = controller
        // The stream calls `abort` only after a pending write, which may wait for the peer.
        const { signal } = controller as WithSignal
        signal.addEventListener('abort', () => this.#close(toClosing(signal.reason)), { once: true })
      },
      write: (chunk) => outgoing.sendUnderPressure(toData(chunk)),
      close: () => this.#close(WITHOUT_CODE),
      abort: (reason) => this.#close(toClosing(reason)),
    })
  }

  #receive(message: Message): void {
    const readable = this.#readable
    if (this.#isClosing || readable === undefined) return
    readable.enqueue(
      typeof message === 'string'
        ? message
        : new Uint8Array(message.buffer, message.byteOffset, message.length),
    )
    if ((readable.desiredSize ?? 0) <= 0) this.#connection?.pause()
  }

  #close({ code, reason }: CloseArguments): void {
    if (this.#isClosing || this.#isOver) return
    this.#isClosing = true
    if (this.#connection === undefined) {
      this.#ignoreSignal()
      this.#cancel()
      const error = new Error('the WebSocketStream was closed before it was open')
      setImmediate(() => this.#fail(error))
      return
    }
    this.#connection.close(code, reason)
    // The peer's close frame is behind what is not read.
    this.#connection.resume()
  }

  /** The signal was aborted before the connection was open. */
  #abort(reason: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#cancel()
    this.#opened.reject(reason)
    this.#closed.reject(reason)
  }

  /** No connection could be opened. */
  #fail(cause: Error): void {
    this.#isOver = true
    const error = uncleanError(cause, 1006, '')
    this.#opened.reject(error)
    this.#closed.reject(error)
  }

  /** The open connection has ended. */
  #end(): void {
    const connection = this.#connection as CallbackConnection
    const { closeCode = 1006, closeReason, wasClean } = connection
    this.#isOver = true
    this.#isClosing = true
    if (!wasClean) {
      const error = uncleanError(connection.endError(), 1006, '')
      this.#readable?.error(error)
      this.#writable?.error(error)
      this.#closed.reject(error)
      return
    }
    this.#endReadable()
    this.#writable?.error(new DOMException('the WebSocketStream is closed', 'InvalidStateError'))
    this.#closed.resolve({ closeCode, reason: closeReason })
  }

  #endReadable(): void {
    try {
      this.#readable?.close()
    } catch {
      // It was cancelled.
    }
  }
}

defineInterface(WebSocketStream, 'WebSocketStream', ['url', 'opened', 'closed', 'close'])
