/**
 * The binding to the native library: loads it, once for each thread, and declares its types, constants and functions.
 * `napi build` generates all of them except the raw functions, which it does not know: they are declared here.
 */

import type { ConnectionOptions } from 'node:tls'
import type * as Library from '../../native/library.js'
import { loadLibrary } from './library.js'
import { loadError, versionError } from './load-error.js'

/** An object for native code: `undefined` is the same as a property that is left out. */
type Given<T> = { [K in keyof T]: object extends Pick<T, K> ? T[K] | undefined : T[K] }

/** What to connect to and how. Times are in milliseconds; a limit that is left out is none. */
export type ConnectRequest = Given<Omit<Library.ConnectRequest, 'tls' | 'proxyTls' | 'compression'>> & {
  tls: TlsRequest
  proxyTls?: TlsRequest | undefined
  compression?: CompressionRequest | undefined
}
/** The TLS settings of a request. */
export type TlsRequest = Given<Library.TlsRequest> & {
  /** Options that only `tls.connect` of Node has. Native code does not read them. */
  openssl?: ConnectionOptions | undefined
}
/** What a request offers of permessage-deflate, and how to compress. */
export type CompressionRequest = Given<Library.CompressionRequest>
export type { Failure } from '../../native/library.js'

type Failure = Library.Failure
/** An open connection: its number and its description, of which `Opened` is made. */
export type OpenedConnection = Library.Opened
export type { TlsSession } from '../../native/library.js'

/** Called by native code to deliver a batch of `count` rows: `own` are the values outside the slabs. */
export type Deliver = (count: number, own?: readonly (string | Buffer)[], failure?: Failure) => void

/**
 * Called by native code when a stream that carries a connection has something to do. Returns the bytes that the stream has
 * not written.
 *
 * @param flags the sum of constants `RELAY_`
 */
export type Relay = (id: number, flags: number, bytes?: Buffer) => number

/** The library. Copies of this package in one thread share it. */
export type Addon = Omit<typeof Library, 'bind'> & {
  /** Binds the functions for one copy of this package. */
  bind(deliver: Deliver, allocate: () => Buffer, relay: Relay, words: number): Native
}

/** The bound functions, in the order of `crates/node/src/exports`. A negative number means that the connection has ended. */
export interface Native {
  /** The shared words: a header and the rows of a batch. */
  readonly rows: Uint32Array
  /** Whether the event loop can drive connections. */
  readonly hasLoop: boolean
  trust(pem: string[]): void
  /** Returns a token for `cancel`, or a failure. */
  connect(
    request: ConnectRequest,
    settle: (id: number, description: string, failure?: Failure) => void,
    lookup?: (host: string, family: number) => void,
    /** @param kind one of the constants `OPEN_` */
    open?: (kind: number, host: string, port: number, relay: number, addresses: string[]) => void,
    /** Whether `open` takes hosts without their addresses. */
    takesNames?: boolean,
    /** Which request it is, if later connects may have the same one; otherwise 0. */
    requestNumber?: number,
  ): number | Failure
  finishLookup(token: number, addresses: string[], problem?: string): void
  // Streams of JavaScript that carry connections. `relay` is the number of one.
  /** Makes a stream with these addresses: local address and port, remote address and port. `descriptor` is -1 for none. */
  openRelay(addresses: string[], descriptor: number): number
  /** Passes the result of `open` to a connect: an error, a stream, or nothing for TLS. */
  finishOpen(token: number, code?: string, message?: string, relay?: number): void
  /** Opens a connection over a stream on which the opening handshake has been performed. */
  openOver(request: ConnectRequest, upgraded: Library.UpgradedRequest): OpenedConnection | Failure
  /** Takes bytes that a stream has brought. `relayTurn` delivers them. */
  relayRead(relay: number, bytes: NodeJS.ArrayBufferView): void
  /** Notes that a stream has ended, or has failed. */
  relayEnd(relay: number, isDestroyed: boolean, code?: string, message?: string): void
  /** Notes how many bytes a stream has not written. Returns whether `relayTurn` is due. */
  relayWritten(relay: number, unsent: number): boolean
  /** Runs a turn of the connection that a stream carries. */
  relayTurn(relay: number, reads: boolean, ended: boolean): void
  cancel(token: number): void
  /** Returns `undefined` if the call was interrupted. */
  connectSync(
    request: ConnectRequest,
    signals: number,
    lookup?: (host: string, family: number) => string[] | string,
  ): OpenedConnection | Failure | undefined
  /** Returns one of the constants `WOKEN_`. */
  block(id: number, drainTo: number, read: boolean, timeout: number, signals: number): number
  /** Returns the bit of the signal that ended a blocked call; 0 if none. */
  takeSignal(): number
  /** Ends the watch for signals at the end of a loop iteration. */
  endIteration(): void
  // Sends return the bytes unsent, or one of the constants `SEND_`.
  sendText(id: number, text: string, units: number): number
  sendBytes(id: number, data: unknown): number
  sendBinary(id: number, view: NodeJS.ArrayBufferView, empty?: true): number
  /**
   * Sends one frame of a message: text for a string, binary for a view without `FRAME_TEXT`. Throws if it is not the next
   * frame of a message.
   *
   * @param flags the sum of constants `FRAME_`
   */
  sendFrame(id: number, data: string | NodeJS.ArrayBufferView, flags: number): number
  cork(id: number, corked: boolean): void
  /** @param exiting whether no thread may finish later what it compresses */
  flush(exiting: boolean): void
  ping(id: number, payload: NodeJS.ArrayBufferView): number
  pong(id: number, payload: NodeJS.ArrayBufferView): number
  /** Writes bytes that are no frame of this connection. */
  sendRaw(id: number, bytes: NodeJS.ArrayBufferView): number
  /** Takes bytes as if the peer had sent them; a turn has to follow. */
  pushReceived(id: number, bytes: NodeJS.ArrayBufferView): void
  close(id: number, code: number, reason: string): number
  /** @param holds whether the process stays alive until the connection has ended, or `delay` ms have passed */
  limitClose(id: number, delay: number, holds: boolean): number
  /** Returns the bytes that the kernel has not taken; -1 if a write has failed. */
  terminate(id: number): number
  /** Lets what the connection receives be delivered together with what others receive, without ticks in between. */
  gather(id: number): void
  /** Requests rows `ROW_PING` from now on. `answers` is whether pings are answered, too. */
  reportPings(id: number, answers: boolean): void
  /** Has close frames wait for replies to the messages before them from now on. */
  holdClose(id: number): void
  /** Returns a close frame that waits for replies. */
  heldClose(id: number): [code: number, reason: string] | undefined
  /** Sets whether texts come as rows `ROW_TEXT_BYTES` and `ROW_OWN_TEXT_BYTES`. */
  setTextsAsBytes(id: number, asBytes: boolean): void
  /** Has the memory of messages filled again once their rows were walked, if no other connection keeps messages in it. */
  copyBytes(id: number): void
  /** Returns whether messages have arrived that no event will announce. */
  setReading(id: number, reading: boolean): boolean
  // What becomes of a message. These return whether a turn has to be scheduled, which no event will cause.
  /** Delivers a message as it arrives: the one that is held or of which a part has arrived, or the next one. */
  receiveStream(id: number): boolean
  /** Drops the rest of the message that is held or streamed, or withdraws `receiveStream` before its first row. */
  skipMessage(id: number): boolean
  /** Fails the connection because of the message that is held. */
  refuseMessage(id: number): boolean
  setReferenced(id: number, referenced: boolean): void
  /** Sets the keepalive of TCP. 0 seconds leaves the time as it is. */
  setTcpKeepalive(id: number, enabled: boolean, seconds: number): void
  /** Returns what TLS has agreed on; `undefined` without TLS, or if the connection has ended. */
  tlsSession(id: number): Library.TlsSession | undefined
  turn(id: number): void
  /** Runs the keepalive. Returns the ms until the next run, -1 for none, or `KEEPALIVE_PINGED`. */
  runKeepalive(id: number): number
  buffered(id: number): number
  /** Requests a row `ROW_DRAINED` for when nothing is unsent. */
  notifyFlushed(id: number): void
  /** Writes the counters of a connection to `values`, in the order of `Counters`. Returns -1 if they are not known. */
  counters(id: number, values: Float64Array): number
}

function load(): Addon {
  let loaded: Partial<Addon>
  try {
    loaded = loadLibrary() as Partial<Addon>
  } catch (error) {
    throw loadError(error)
  }
  const { version } = require('../../package.json') as { version: string }
  const found = loaded.version?.()
  if (found !== version) throw versionError(found, version)
  return loaded as Addon
}

/** The library, loaded with this module. `dispatch.ts` binds it. */
export const addon: Addon = load()

// Constants of this module are quicker to read than properties of the library.
export const {
  EXITING,
  FRAME_COMPRESS,
  FRAME_CONTINUATION,
  FRAME_MORE,
  FRAME_PLAIN,
  FRAME_TEXT,
  KEEPALIVE_PINGED,
  OPEN_PROXY_TLS,
  OPEN_TLS,
  OPEN_UNIX,
  RELAY_ABORTED,
  RELAY_CLOSED,
  RELAY_READ,
  RELAY_REFERENCED,
  RELAY_SHUT,
  ROW_BINARY,
  ROW_CLOSE,
  ROW_CLOSE_DUE,
  ROW_CONNECTION,
  ROW_DRAINED,
  ROW_END,
  ROW_FAILURE,
  ROW_HEADER,
  ROW_HELD,
  ROW_MORE,
  ROW_NEXT_SLAB,
  ROW_OWN_BINARY,
  ROW_OWN_TEXT,
  ROW_OWN_TEXT_BYTES,
  ROW_PING,
  ROW_PONG,
  ROW_STREAM_BINARY,
  ROW_STREAM_END,
  ROW_STREAM_TEXT,
  ROW_TEXT,
  ROW_TEXT_BYTES,
  ROW_WORDS,
  SEND_EMPTY,
  SEND_NOT_BYTES,
  SEND_READ_FIRST,
  SIGNAL_BREAK,
  SIGNAL_HUP,
  SIGNAL_INT,
  SIGNAL_TERM,
  URL_LOCAL,
  URL_SECURE,
  WALKED,
  WOKEN_BUSY,
  WOKEN_DEADLINE,
  WOKEN_DELIVERED,
  WOKEN_GONE,
  WOKEN_INTERRUPTED,
  WOKEN_ROWS,
} = addon
