/** The class `WebSocket` of the `ws` API: the surface of the npm package `ws`, over a {@link Client}. */

import { EventEmitter } from 'node:events'
import type { ClientRequest, ClientRequestArgs, IncomingMessage } from 'node:http'
import type { SentCallback } from '../connection/program-calls.js'
import { toAddress, toProtocols } from './address.js'
import { BINARY_TYPES, type BinaryType } from './binary-type.js'
import { CLOSED, CLOSING, Client, CONNECTING, OPEN } from './client.js'
import {
  addListener,
  type CloseEvent,
  type ErrorEvent,
  type Event,
  getAttribute,
  type MessageEvent,
  removeListener,
  setAttribute,
} from './events.js'
import { warnUnmasked } from './ignored.js'
import { type ClientOptions, checkVersion, withDefaults } from './options.js'
import type { SendOptions } from './outgoing.js'
import { loadWs, serverSocket } from './server.js'
import { defineUndocumented } from './undocumented.js'

/** The key of the client of a WebSocket: a property and not a private field, which a Proxy does not pass on. */
export const CLIENT = Symbol('client')

/** A message as the listeners of `'message'` get it. */
export type RawData = Buffer | ArrayBuffer | Buffer[]
/** A message as the events of EventTarget have it. */
export type EventData = string | Buffer | ArrayBuffer | Buffer[]

/** What `send` accepts: besides strings and bytes all that `Buffer.from` takes. */
export type BufferLike =
  | string
  | number
  | NodeJS.ArrayBufferView
  | ArrayBufferLike
  | Blob
  // biome-ignore lint/suspicious/noExplicitAny: as in the types of `ws`.
  | readonly any[]
  | { valueOf(): ArrayBufferLike | Uint8Array | readonly number[] | string }
  | { [Symbol.toPrimitive](hint: string): string }

/** The events of EventTarget by their types. */
export interface WebSocketEventMap {
  open: Event<WebSocket>
  error: ErrorEvent<WebSocket>
  close: CloseEvent<WebSocket>
  message: MessageEvent<WebSocket, EventData>
}

type EventListener<T> = ((event: T) => void) | { handleEvent(event: T): void }

/** The parameters of the listeners of an EventEmitter, by the types of events. */
interface Listeners {
  open: []
  message: [data: RawData, isBinary: boolean]
  close: [code: number, reason: Buffer]
  error: [error: Error]
  ping: [data: Buffer]
  pong: [data: Buffer]
  upgrade: [response: IncomingMessage]
  redirect: [url: string, request: ClientRequest]
  'unexpected-response': [request: ClientRequest, response: IncomingMessage]
}

/** A method that adds or removes a listener. */
interface Listen<Self> {
  <T extends keyof Listeners>(event: T, listener: (this: Self, ...values: Listeners[T]) => void): Self
  // biome-ignore lint/suspicious/noExplicitAny: as in the types of Node.
  (event: string | symbol, listener: (this: Self, ...values: any[]) => void): Self
}

/** Sorts the arguments of the constructor: the options may stand in the place of the subprotocols. */
function toArguments(protocols: unknown, options: unknown): [protocols: unknown, options: ClientOptions] {
  const isOptions = typeof protocols === 'object' && protocols !== null && !Array.isArray(protocols)
  const given = (isOptions ? protocols : (options ?? {})) as ClientOptions
  const list = isOptions || protocols === undefined ? given.protocols : protocols
  return [list === undefined ? [] : list, given]
}

/** A WebSocket client with the interface of the npm package `ws`, and its connection. */
export class WebSocket extends EventEmitter {
  static readonly CONNECTING = CONNECTING
  static readonly OPEN = OPEN
  static readonly CLOSING = CLOSING
  static readonly CLOSED = CLOSED
  declare readonly CONNECTING: 0
  declare readonly OPEN: 1
  declare readonly CLOSING: 2
  declare readonly CLOSED: 3

  declare readonly [CLIENT]: Client

  declare on: Listen<this>
  declare once: Listen<this>
  declare off: Listen<this>
  declare addListener: Listen<this>
  declare removeListener: Listen<this>
  declare prependListener: Listen<this>
  declare prependOnceListener: Listen<this>

  /** Takes the socket of a server, which the installed `ws` makes. */
  constructor(address: null)
  /**
   * Starts to connect.
   *
   * @param address a `ws:`, `wss:`, `http:`, `https:` or `ws+unix:` URL
   * @param options the options of `ws`
   * @throws SyntaxError for an address that cannot be used; RangeError for `protocolVersion`; TypeError for a header or
   * option that cannot be used.
   */
  constructor(address: string | URL, options?: ClientOptions<WebSocket> | ClientRequestArgs)
  /**
   * Starts to connect.
   *
   * @param address a `ws:`, `wss:`, `http:`, `https:` or `ws+unix:` URL
   * @param protocols subprotocols to offer
   * @param options the options of `ws`
   * @throws SyntaxError for an address or subprotocol that cannot be used; RangeError for `protocolVersion`; TypeError for
   * a header or option that cannot be used.
   */
  constructor(
    address: string | URL,
    protocols?: string | string[],
    options?: ClientOptions<WebSocket> | ClientRequestArgs,
  )
  constructor(address: string | URL | null, protocols?: unknown, options?: unknown) {
    super()
    // biome-ignore lint/correctness/noConstructorReturn: the sockets of a server are those of `ws`.
    if (address === null) return serverSocket(protocols, options) as WebSocket
    const [list, given] = toArguments(protocols, options)
    checkVersion(withDefaults(given).protocolVersion)
    const url = toAddress(address)
    const client = new Client(this, EventEmitter.prototype.emit, url, toProtocols(list), given)
    Object.defineProperty(this, CLIENT, { value: client, writable: true, configurable: true })
    client.opening.start()
  }

  get binaryType(): BinaryType {
    return this[CLIENT].binaryType
  }

  /** The form of binary messages. Other values are ignored. */
  set binaryType(type: BinaryType) {
    if (BINARY_TYPES.includes(type)) this[CLIENT].binaryType = type
  }

  /** Bytes that were sent and that the kernel has not taken. */
  get bufferedAmount(): number {
    return this[CLIENT].bufferedAmount
  }

  /** The names of the extensions in use; `''` if none. */
  get extensions(): string {
    return Object.keys(this[CLIENT].extensions).join()
  }

  get isPaused(): boolean {
    return this[CLIENT].isPaused
  }

  /** The subprotocol that the server chose; `''` if none. */
  get protocol(): string {
    return this[CLIENT].connection?.protocol ?? ''
  }

  get readyState(): 0 | 1 | 2 | 3 {
    return this[CLIENT].readyState as 0 | 1 | 2 | 3
  }

  /** The address, after redirects the last one. */
  get url(): string {
    return this[CLIENT].opening.href
  }

  get onopen(): ((event: Event<WebSocket>) => void) | null {
    return getAttribute(this, 'open') as never
  }

  set onopen(listener: ((event: Event<WebSocket>) => void) | null) {
    setAttribute(this, 'open', listener)
  }

  get onmessage(): ((event: MessageEvent<WebSocket, EventData>) => void) | null {
    return getAttribute(this, 'message') as never
  }

  set onmessage(listener: ((event: MessageEvent<WebSocket, EventData>) => void) | null) {
    setAttribute(this, 'message', listener)
  }

  get onerror(): ((event: ErrorEvent<WebSocket>) => void) | null {
    return getAttribute(this, 'error') as never
  }

  set onerror(listener: ((event: ErrorEvent<WebSocket>) => void) | null) {
    setAttribute(this, 'error', listener)
  }

  get onclose(): ((event: CloseEvent<WebSocket>) => void) | null {
    return getAttribute(this, 'close') as never
  }

  set onclose(listener: ((event: CloseEvent<WebSocket>) => void) | null) {
    setAttribute(this, 'close', listener)
  }

  /**
   * Begins the closing handshake. While connecting, ends that with an `'error'`.
   *
   * @throws TypeError for a code that may not be sent; RangeError for a reason of more than 123 bytes.
   */
  close(code?: number, reason?: string | Buffer): void {
    this[CLIENT].close(code, reason)
  }

  /** Ends the connection at once, without a close frame. */
  terminate(): void {
    this[CLIENT].terminate()
  }

  /** Stops the events until `resume`. Does nothing before the connection is open and after its end. */
  pause(): void {
    this[CLIENT].pause()
  }

  /** Goes on with the events. */
  resume(): void {
    this[CLIENT].resume()
  }

  /**
   * Sends a ping.
   *
   * @throws RangeError for more than 125 bytes; Error while connecting.
   */
  ping(data?: unknown, mask?: boolean, callback?: (error: Error) => void): void
  ping(data: unknown, callback?: (error: Error) => void): void
  ping(callback?: (error: Error) => void): void
  ping(data?: unknown, mask?: unknown, callback?: unknown): void {
    this[CLIENT].sendControl('ping', ...toControl(data, mask, callback))
  }

  /**
   * Sends a pong.
   *
   * @throws As `ping`.
   */
  pong(data?: unknown, mask?: boolean, callback?: (error: Error) => void): void
  pong(data: unknown, callback?: (error: Error) => void): void
  pong(callback?: (error: Error) => void): void
  pong(data?: unknown, mask?: unknown, callback?: unknown): void {
    this[CLIENT].sendControl('pong', ...toControl(data, mask, callback))
  }

  /**
   * Sends a message. After the end of the connection it is counted in `bufferedAmount`.
   *
   * @param callback called when the kernel has taken the message, or with an error if it will not
   * @throws TypeError for what holds no bytes; Error while connecting.
   */
  send(data: BufferLike, callback?: SentCallback): void
  send(data: BufferLike, options: SendOptions, callback?: SentCallback): void
  send(data: unknown, options?: SendOptions | SentCallback, callback?: SentCallback): void {
    const isCallback = typeof options === 'function'
    const done = isCallback ? options : callback
    const sent = typeof data === 'number' ? String(data) : data
    this[CLIENT].send(
      sent,
      isCallback ? undefined : (options ?? undefined),
      typeof done === 'function' ? done : undefined,
    )
  }

  /** Adds a listener in the style of EventTarget, for the types open, message, error and close. */
  addEventListener<T extends keyof WebSocketEventMap>(
    type: T,
    listener: EventListener<WebSocketEventMap[T]>,
    options: { once?: boolean | undefined } = {},
  ): void {
    addListener(this, type, listener, Boolean(options?.once))
  }

  /** Removes a listener that `addEventListener` has added. */
  removeEventListener<T extends keyof WebSocketEventMap>(
    type: T,
    listener: EventListener<WebSocketEventMap[T]>,
  ): void {
    removeListener(this, type, listener)
  }

  /** Emits `'close'`, once. */
  emitClose(): void {
    this[CLIENT].emitClose()
  }
}

const isInstance = Function.prototype[Symbol.hasInstance] as (this: unknown, value: unknown) => boolean

// The sockets of a server are of the class of `ws`, if that is loaded.
Object.defineProperty(WebSocket, Symbol.hasInstance, {
  value: function (this: unknown, value: unknown): boolean {
    if (isInstance.call(this, value)) return true
    return this === WebSocket && isInstance.call(loadWs.loaded?.WebSocket, value)
  },
})

/** Sorts the arguments of `ping` and `pong`. */
function toControl(
  data: unknown,
  mask: unknown,
  callback: unknown,
): [data: unknown, callback: SentCallback | undefined] {
  if (typeof data === 'function') return [undefined, data as SentCallback]
  if (mask !== undefined && !mask) warnUnmasked()
  const sent = typeof data === 'number' ? String(data) : data
  const done = typeof mask === 'function' ? mask : callback
  return [sent, typeof done === 'function' ? (done as SentCallback) : undefined]
}

defineUndocumented(WebSocket.prototype, (ws) => (ws as WebSocket)[CLIENT])

for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSING, CLOSED })) {
  Object.defineProperty(WebSocket, name, { value, enumerable: true, writable: false, configurable: false })
  Object.defineProperty(WebSocket.prototype, name, {
    value,
    enumerable: true,
    writable: false,
    configurable: false,
  })
}

const ENUMERABLE = [
  ...['binaryType', 'bufferedAmount', 'extensions', 'isPaused', 'protocol', 'readyState', 'url'],
  ...['onopen', 'onmessage', 'onerror', 'onclose', 'addEventListener', 'removeEventListener'],
]
for (const name of ENUMERABLE) Object.defineProperty(WebSocket.prototype, name, { enumerable: true })

// The listeners decide whether texts are delivered as bytes.
const CHANGING = [
  ...['on', 'once', 'off', 'addListener', 'removeListener', 'prependListener', 'prependOnceListener'],
  'removeAllListeners',
] as const
for (const name of CHANGING) {
  const change = EventEmitter.prototype[name] as (...values: unknown[]) => unknown
  Object.defineProperty(WebSocket.prototype, name, {
    value: function (this: WebSocket, ...values: unknown[]) {
      const client: Client | undefined = this[CLIENT]
      if (client !== undefined && (values[0] === 'message' || values[0] === undefined))
        client.haveListenersChanged = true
      return change.apply(this, values)
    },
    configurable: true,
    enumerable: true,
    writable: true,
  })
  Object.defineProperty(WebSocket.prototype[name], 'name', { value: name, configurable: true })
  Object.defineProperty(WebSocket.prototype[name], 'length', { value: change.length, configurable: true })
}
