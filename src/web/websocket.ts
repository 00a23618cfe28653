/** The class `WebSocket` of the WHATWG standard. */

import type { CallbackConnection } from '../connection/callback.js'
import { CLOSED, CLOSING, OPEN } from '../connection/close.js'
import type { Consumer } from '../connection/consumer.js'
import type { Message } from '../native/payload.js'
import { toPingPayload } from '../native/payload.js'
import { setImmediate } from '../node/timers.js'
import { checkClose, codeFor } from './closing.js'
import { EventHandlers, type Handler } from './event-handlers.js'
import { CloseEvent, ErrorEvent, MessageAttributes, MessageEvent } from './events.js'
import { clampShort, defineConstants, defineInterface, requireArguments, toScalars } from './idl.js'
import { toTarget } from './init.js'
import { openConnection } from './opening.js'
import { Outgoing, sizeOf, toSendable } from './outgoing.js'
import type { BinaryType, WebSocketInit } from './types.js'

const CONNECTING = 0

const { dispatchEvent } = EventTarget.prototype

/** Returns the memory of a received message: its own, or a copy of its part of a slab. */
function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  const { buffer, byteLength } = bytes
  if (byteLength === buffer.byteLength) return buffer as ArrayBuffer
  // `slice` looks up the species of both buffers and takes a third more for short messages.
  return new Uint8Array(bytes).buffer
}

// Private methods for the events of the connection.
let receive: (ws: WebSocket, message: Message) => void
let startClosing: (ws: WebSocket) => void
let close: (ws: WebSocket) => void

/** Passes the events of a connection to its WebSocket, which has no methods but those of the standard. */
class Events implements Consumer {
  readonly #ws: WebSocket

  constructor(ws: WebSocket) {
    this.#ws = ws
  }

  handleMessage(message: Message): void {
    receive(this.#ws, message)
  }

  handlePing(): void {}

  handlePong(): void {}

  handleCloseFrame(): void {
    startClosing(this.#ws)
  }

  handleViolation(): void {
    startClosing(this.#ws)
  }

  handleClose(): void {
    // In a task of its own: the last message may be of the same batch, and code that awaits it goes on first.
    setImmediate(() => close(this.#ws))
  }
}

/** A WebSocket client with the interface of the WHATWG standard, and its connection. */
export class WebSocket extends EventTarget {
  readonly #url: string
  /** Made with the first message. */
  #origin: string | undefined
  readonly #handlers = new EventHandlers(this)
  #state = CONNECTING
  #binaryType: BinaryType = 'blob'
  /** Cancels connecting; `undefined` when that has ended. */
  #cancel: (() => void) | undefined
  #connection: CallbackConnection | undefined
  #outgoing: Outgoing | undefined
  /** Bytes of messages that were given to `send` after `close`. */
  #dropped = 0

  constructor(url: string | URL, protocols: string | string[] | WebSocketInit = []) {
    super()
    requireArguments(arguments.length, 1, 'WebSocket constructor')
    const { settings } = toTarget(url, protocols)
    this.#url = settings.request.url
    const outcome = {
      succeed: (connection: CallbackConnection) => this.#open(connection),
      fail: (error: Error) => this.#end(error),
    }
    // Both kinds of binary data have memory of their own.
    this.#cancel = openConnection(settings, new Events(this), outcome, { copiesBytes: true })
  }

  get url(): string {
    return this.#url
  }

  get readyState(): number {
    return this.#state
  }

  get bufferedAmount(): number {
    return (this.#outgoing?.bytes ?? 0) + this.#dropped
  }

  get extensions(): string {
    return this.#connection?.extensions ?? ''
  }

  get protocol(): string {
    return this.#connection?.protocol ?? ''
  }

  get binaryType(): BinaryType {
    return this.#binaryType
  }

  set binaryType(type: BinaryType) {
    const former = this.#binaryType
    const text = `${type}`
    this.#binaryType = text === 'blob' || text === 'arraybuffer' ? text : former
  }

  get onopen(): Handler {
    return this.#handlers.get('open')
  }

  set onopen(handler: Handler) {
    this.#handlers.set('open', handler)
  }

  get onmessage(): Handler {
    return this.#handlers.get('message')
  }

  set onmessage(handler: Handler) {
    this.#handlers.set('message', handler)
  }

  get onerror(): Handler {
    return this.#handlers.get('error')
  }

  set onerror(handler: Handler) {
    this.#handlers.set('error', handler)
  }

  get onclose(): Handler {
    return this.#handlers.get('close')
  }

  set onclose(handler: Handler) {
    this.#handlers.set('close', handler)
  }

  send(data: unknown): void {
    // Checks the receiver first.
    const state = this.#state
    requireArguments(arguments.length, 1, 'WebSocket.send')
    const message = toSendable(data)
    if (state === CONNECTING) throw new DOMException('the connection is not open yet', 'InvalidStateError')
    if (state === OPEN) this.#outgoing?.send(message)
    else this.#dropped += sizeOf(message)
  }

  close(code: number | undefined = undefined, reason: string | undefined = undefined): void {
    const state = this.#state
    const given = code === undefined ? undefined : clampShort(code)
    const text = reason === undefined ? '' : toScalars(reason)
    checkClose(given, text)
    if (state >= CLOSING) return
    this.#state = CLOSING
    if (state === CONNECTING) {
      this.#cancel?.()
      const error = new DOMException('the WebSocket was closed before it was open', 'AbortError')
      setImmediate(() => this.#end(error))
      return
    }
    this.#outgoing?.whenEmpty(() => this.#connection?.close(codeFor(given, text), text))
  }

  /** Sends a ping. For {@link ping}, which is no method of the interface. */
  static ping(ws: WebSocket, payload: Buffer): void {
    if (ws.#state === OPEN) ws.#connection?.ping(payload)
  }

  static {
    receive = (ws, message) => ws.#receive(message)
    startClosing = (ws) => ws.#startClosing()
    close = (ws) => ws.#close()
  }

  #open(connection: CallbackConnection): void {
    this.#cancel = undefined
    this.#connection = connection
    this.#outgoing = new Outgoing(connection)
    this.#state = OPEN
    dispatchEvent.call(this, new Event('open'))
  }

  #receive(message: Message): void {
    if (this.#state !== OPEN) return
    const data = typeof message === 'string' ? message : this.#toBinary(message)
    this.#origin ??= new URL(this.#url).origin
    dispatchEvent.call(this, new MessageEvent('message', new MessageAttributes(data, this.#origin)))
  }

  #toBinary(bytes: Buffer): ArrayBuffer | Blob {
    return this.#binaryType === 'arraybuffer' ? toArrayBuffer(bytes) : new Blob([bytes])
  }

  #startClosing(): void {
    this.#state = Math.max(this.#state, CLOSING)
  }

  /** The open connection has ended. */
  #close(): void {
    const connection = this.#connection as CallbackConnection
    if (connection.wasClean) this.#finish(connection.closeCode, connection.closeReason)
    else this.#end(connection.endError())
  }

  /** The connection has failed, or there was none. */
  #end(error: Error): void {
    this.#state = CLOSED
    dispatchEvent.call(this, new ErrorEvent('error', { error, message: error.message }))
    this.#finish()
  }

  /** Reports the end. @param code the peer's; left out without its close frame */
  #finish(code?: number, reason = ''): void {
    this.#state = CLOSED
    const wasClean = code !== undefined
    dispatchEvent.call(this, new CloseEvent('close', { wasClean, code: code ?? 1006, reason }))
  }
}

const { ping: sendPing } = WebSocket
Reflect.deleteProperty(WebSocket, 'ping')

/**
 * Sends a ping, as undici's function of this name. Nothing is sent unless the connection is open.
 *
 * @throws TypeError `ERR_WS_INVALID_DATA` for more than 125 bytes.
 */
export function ping(ws: WebSocket, body: NodeJS.ArrayBufferView = Buffer.alloc(0)): void {
  sendPing(ws, toPingPayload(body))
}

defineConstants(WebSocket, { CONNECTING, OPEN, CLOSING, CLOSED })
defineInterface(WebSocket, 'WebSocket', [
  'url',
  'readyState',
  'bufferedAmount',
  'onopen',
  'onerror',
  'onclose',
  'extensions',
  'protocol',
  'close',
  'onmessage',
  'binaryType',
  'send',
])
