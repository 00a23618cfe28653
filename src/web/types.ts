/**
 * The types of the web API. They are interfaces and not classes, so that they are assignable to those of TypeScript's `dom`
 * library and of `@types/node`.
 */

import type { ReadableStream, WritableStream } from 'node:stream/web'
import type { Data } from '../native/payload.js'
import type { ConnectOptions } from '../options/connect.js'
import type { HeaderList } from '../options/headers.js'

/** The form of binary messages. */
export type BinaryType = 'arraybuffer' | 'blob'

/** Options of an event that is constructed. */
export interface EventInit {
  bubbles?: boolean
  cancelable?: boolean
  composed?: boolean
}

/** Options of a CloseEvent that is constructed. */
export interface CloseEventInit extends EventInit {
  code?: number
  reason?: string
  wasClean?: boolean
}

/** The event `'close'`: the connection has ended. */
export interface CloseEvent extends Event {
  /** The peer's close code; 1005 if its close frame has none, 1006 without a close frame. */
  readonly code: number
  /** The peer's close reason; `''` if none. */
  readonly reason: string
  /** Whether the closing handshake was completed (RFC 6455 section 7.1.4). */
  readonly wasClean: boolean
}

/** Options of a MessageEvent that is constructed. */
export interface MessageEventInit<T = unknown> extends EventInit {
  data?: T
  lastEventId?: string
  origin?: string
  // biome-ignore lint/suspicious/noExplicitAny: the ports of the `dom` library and of Node are different types.
  ports?: any[]
  // biome-ignore lint/suspicious/noExplicitAny: likewise.
  source?: any
}

/** The event `'message'`: a message has arrived. */
// biome-ignore lint/suspicious/noExplicitAny: as in the `dom` library, where messages need no narrowing.
export interface MessageEvent<T = any> extends Event {
  /** A string for text; for binary a Blob, or an ArrayBuffer if `binaryType` is `'arraybuffer'`. */
  readonly data: T
  /** The origin of the URL. */
  readonly origin: string
  readonly lastEventId: string
  // biome-ignore lint/suspicious/noExplicitAny: the ports of the `dom` library and of Node are different types.
  readonly ports: readonly any[]
  // biome-ignore lint/suspicious/noExplicitAny: likewise.
  readonly source: any
  /** @deprecated Use the constructor. */
  initMessageEvent(
    type: string,
    bubbles?: boolean,
    cancelable?: boolean,
    // biome-ignore lint/suspicious/noExplicitAny: as `data`.
    data?: any,
    origin?: string,
    lastEventId?: string,
    // biome-ignore lint/suspicious/noExplicitAny: as `source`.
    source?: any,
    // biome-ignore lint/suspicious/noExplicitAny: as `ports`.
    ports?: any,
  ): void
}

/** Options of an ErrorEvent that is constructed. */
export interface ErrorEventInit extends EventInit {
  message?: string
  filename?: string
  lineno?: number
  colno?: number
  error?: unknown
}

/** The event `'error'`: no connection could be opened, or it ended without the peer's close frame. `'close'` follows. */
export interface ErrorEvent extends Event {
  /** The text of the error. */
  readonly message: string
  /** Why: an error of `websocket-rs` with a code. */
  // biome-ignore lint/suspicious/noExplicitAny: as in the `dom` library.
  readonly error: any
  readonly filename: string
  readonly lineno: number
  readonly colno: number
}

/** The events of a WebSocket. */
export interface WebSocketEventMap {
  close: CloseEvent
  error: ErrorEvent
  message: MessageEvent
  open: Event
}

/**
 * A listener. It is called with the WebSocket as `this`, of which the type is left open: if it were ours, a WebSocket of
 * `@types/node`, whose constants are numbers of any value, would be no substitute for this one.
 */
type Listener<Type extends keyof WebSocketEventMap> =
  // biome-ignore lint/suspicious/noExplicitAny: see above. What a listener returns is ignored.
  (this: any, event: WebSocketEventMap[Type]) => any

/** A handler of errors, which the `dom` library calls with any event. */
type ErrorListener =
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  (this: any, event: Event & Partial<Pick<ErrorEvent, 'error' | 'message'>>) => any

// biome-ignore lint/suspicious/noExplicitAny: as above.
type AnyListener = ((event: Event) => any) | { handleEvent(event: Event): any } | null

/** A Blob, as wide as the `dom` library and Node have it. */
interface BlobLike {
  readonly size: number
  readonly type: string
  arrayBuffer(): Promise<ArrayBuffer>
}

/** A typed array or DataView, as wide as the `dom` library has it. */
interface View {
  readonly buffer: ArrayBufferLike
  readonly byteLength: number
  readonly byteOffset: number
}

interface ListenerOptions {
  capture?: boolean
}

interface AddListenerOptions extends ListenerOptions {
  once?: boolean
  passive?: boolean
  signal?: AbortSignal
}

/** A WebSocket client with the interface of the WHATWG standard, and its connection. */
export interface WebSocket extends EventTarget {
  /** The form of binary messages. Default `'blob'`. Other values are ignored. */
  binaryType: BinaryType
  /** Bytes that were given to `send` and that the kernel has not taken. */
  readonly bufferedAmount: number
  /** The extensions in use; `''` if none. */
  readonly extensions: string
  /** The subprotocol that the server chose; `''` if none. */
  readonly protocol: string
  /** The state of the connection: 0 CONNECTING, 1 OPEN, 2 CLOSING or 3 CLOSED. */
  readonly readyState: 0 | 1 | 2 | 3
  /** The URL. */
  readonly url: string
  onopen: Listener<'open'> | null
  onmessage: Listener<'message'> | null
  onerror: ErrorListener | null
  onclose: Listener<'close'> | null
  /**
   * Begins to close the connection. What was sent before leaves first.
   *
   * @param code 1000 or 3000-4999. Default: a close frame without a code
   * @param reason at most 123 bytes of UTF-8
   * @throws DOMException `InvalidAccessError` for another code, `SyntaxError` for a longer reason.
   */
  close(code?: number, reason?: string): void
  /**
   * Sends a message: text for a string, binary for bytes. It is dropped if the connection is closing or closed.
   *
   * @throws DOMException `InvalidStateError` while connecting.
   */
  send(data: string | ArrayBufferLike | BlobLike | View): void
  addEventListener<Type extends keyof WebSocketEventMap>(
    type: Type,
    listener: Listener<Type>,
    options?: boolean | AddListenerOptions,
  ): void
  addEventListener(type: string, listener: AnyListener, options?: boolean | AddListenerOptions): void
  removeEventListener<Type extends keyof WebSocketEventMap>(
    type: Type,
    listener: Listener<Type>,
    options?: boolean | ListenerOptions,
  ): void
  removeEventListener(type: string, listener: AnyListener, options?: boolean | ListenerOptions): void
  readonly CONNECTING: 0
  readonly OPEN: 1
  readonly CLOSING: 2
  readonly CLOSED: 3
}

/** Options of `connect` that the web API takes, too. Their defaults differ where the table of docs/api.md says so. */
export type ConnectionInit = Pick<
  ConnectOptions,
  | 'busyPoll'
  | 'closeTimeout'
  | 'compression'
  | 'connectTimeout'
  | 'family'
  | 'followRedirects'
  | 'localAddress'
  | 'lookup'
  | 'maxMessageSize'
  | 'maxRedirects'
  | 'origin'
  | 'pingInterval'
  | 'pingTimeout'
  | 'proxy'
  | 'proxyHeaders'
  | 'proxyTls'
  | 'tls'
>

/** The second argument of a WebSocket in Node: options that browsers lack. Others are ignored. */
export interface WebSocketInit extends ConnectionInit {
  /** Subprotocols to offer, the preferred one first. */
  protocols?: string | string[] | undefined
  /** Headers of the handshake, or `null` for none. */
  headers?: HeaderList | readonly string[][] | null | undefined
  /** Not supported: the connections of undici's dispatchers cannot be used. */
  dispatcher?: undefined
}

/** How the connection of a WebSocketStream closes. */
export interface WebSocketCloseInfo {
  /** The close code. */
  closeCode?: number
  /** The close reason. */
  reason?: string
}

/** Options of a WebSocketStream. Those besides `protocols` and `signal` are an extension. */
export interface WebSocketStreamOptions extends WebSocketInit {
  /** Aborts connecting. Does not affect an open connection. */
  signal?: AbortSignal | null | undefined
}

/** An open connection as streams. */
export interface WebSocketOpenInfo {
  /** The extensions in use; `''` if none. */
  readonly extensions: string
  /** The subprotocol that the server chose; `''` if none. */
  readonly protocol: string
  /** The received messages: a string for text, a Uint8Array for binary. Reading stops while they are not taken. */
  readonly readable: ReadableStream<string | Uint8Array>
  /** Sends each chunk as a message. A write waits while more than 1 MiB is unsent. Closing it closes the connection. */
  readonly writable: WritableStream<Data>
}

/** A WebSocket whose messages are streams, with back-pressure: the draft of the WHATWG. */
export interface WebSocketStream {
  /** The URL. */
  readonly url: string
  /** Resolves when the connection is open. Rejects with a WebSocketError, or with the reason of the signal. */
  readonly opened: Promise<WebSocketOpenInfo>
  /** Resolves when the connection has closed cleanly. Rejects with a WebSocketError otherwise. */
  readonly closed: Promise<Required<WebSocketCloseInfo>>
  /**
   * Begins to close the connection.
   *
   * @throws DOMException `InvalidAccessError` for a code that may not be sent, `SyntaxError` for a long reason.
   */
  close(info?: WebSocketCloseInfo): void
}

/** The error of a WebSocketStream. As the reason of a cancelled or aborted stream, it says how to close the connection. */
export interface WebSocketError extends DOMException {
  /** The close code; `null` if none. */
  readonly closeCode: number | null
  /** The close reason. */
  readonly reason: string
}

/** The classes of the web API. */
export interface WebSocketConstructor {
  readonly prototype: WebSocket
  /**
   * Starts to connect.
   *
   * @param url a `ws:`, `wss:`, `http:` or `https:` URL without a fragment
   * @param protocols subprotocols to offer, or options
   * @throws DOMException `SyntaxError` for a URL or subprotocol that cannot be used; TypeError for a header or option that
   * cannot be used; DOMException `NotSupportedError` for a dispatcher.
   */
  new (url: string | URL, protocols?: string | string[] | WebSocketInit): WebSocket
  readonly CONNECTING: 0
  readonly OPEN: 1
  readonly CLOSING: 2
  readonly CLOSED: 3
}

export interface WebSocketStreamConstructor {
  readonly prototype: WebSocketStream
  /**
   * Starts to connect.
   *
   * @throws As the constructor of {@link WebSocket}.
   */
  new (url: string | URL, options?: WebSocketStreamOptions): WebSocketStream
}

export interface WebSocketErrorConstructor {
  readonly prototype: WebSocketError
  new (message?: string, init?: WebSocketCloseInfo): WebSocketError
}

export interface CloseEventConstructor {
  readonly prototype: CloseEvent
  new (type: string, init?: CloseEventInit): CloseEvent
}

export interface MessageEventConstructor {
  readonly prototype: MessageEvent
  new <T>(type: string, init?: MessageEventInit<T>): MessageEvent<T>
}

export interface ErrorEventConstructor {
  readonly prototype: ErrorEvent
  new (type: string, init?: ErrorEventInit): ErrorEvent
}
