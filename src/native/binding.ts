/**
 * The only door to the native part: loads it and says what it has, in the order of
 * `crates/node/src/exports/`, `boundary/request.rs` and `boundary/objects.rs` beside it.
 */

import { loadError, versionError } from './load-error.js'

/** What to connect to and how. Times are milliseconds; left out means no limit. */
export interface ConnectRequest {
  url: string
  connectTimeout?: number | undefined
  headers: string[]
  protocols: string[]
  origin?: string | undefined
  maxRedirects: number
  tls: TlsRequest
  /** The URL that was given. */
  proxy?: string | undefined
  /** The environment's variables, names and values in turn, where it is asked. */
  proxyVariables?: string[] | undefined
  /** Headers for an HTTP proxy, names and values in turn. */
  proxyHeaders?: string[]
  /** Left out where there is no proxy. */
  proxyTls?: TlsRequest
  family: number
  localAddress?: string | undefined
  maxMessageSize?: number | undefined
  highWaterMark: number
  pingInterval?: number | undefined
  pingTimeout?: number | undefined
  /** Microseconds, 0 for never, left out for as long as it pays. */
  busyPoll?: number | undefined
}

/** How TLS is to be spoken, and whose certificates are believed. */
export interface TlsRequest {
  ca?: string[] | undefined
  rejectUnauthorized: boolean
  /** PEM; never without the key. */
  cert?: string | undefined
  /** PEM, not encrypted. */
  key?: string | undefined
  /** Empty for none. */
  servername?: string | undefined
  tls12: boolean
  tls13: boolean
  alpn: string[]
  keyLog?: string | undefined
}

/** What an open connection is. */
export interface Opened {
  id: number
  protocol: string
  localAddress: string
  localPort: number
  remoteAddress: string
  remotePort: number
  /** Headers of the response, names and values in turn, each ended by a line feed. */
  headers: string
}

/** What went wrong. */
export interface Failure {
  code: string
  phase: string
  message: string
  causeCode?: string
  causeMessage?: string
  status?: number
  headers?: string[]
  body?: Buffer
  closeCode?: number
}

/** Counters of a connection. */
export interface Counters {
  /** Text and binary messages given to the socket, or waiting for it. */
  messagesSent: number
  /** Text and binary messages received whole. */
  messagesReceived: number
  /** Bytes given to the socket: those of TLS where there is TLS, the upgrade left out. */
  bytesSent: number
  /** Bytes taken from the socket, as `bytesSent`. */
  bytesReceived: number
  /** Reads that brought bytes. */
  reads: number
  /** Writes that took bytes. */
  writes: number
  /** Replies that came while they were waited for awake. */
  busyPollHits: number
  /** Waits awake that were in vain. */
  busyPollMisses: number
}

/** What a row says. Not a `const enum`: `isolatedModules` cannot inline one across files. */
export const Row = {
  Text: 0,
  Binary: 1,
  Pong: 2,
  Close: 3,
  End: 4,
  Failure: 5,
  Drained: 6,
  NextSlab: 7,
  OwnText: 8,
  OwnBinary: 9,
  More: 10,
} as const

/** Why a blocked call came back. `Rows`: what arrived is to be taken from the rows, as many as their first word says. */
export const Woken = {
  Deadline: 0,
  Delivered: 1,
  Drained: 2,
  Interrupted: 3,
  Gone: 4,
  Rows: 5,
  Busy: 6,
} as const

/** Words before the first row, and words of a row. */
export const ROW_HEADER = 4
export const ROW_WORDS = 3

export type Deliver = (id: number, count: number, own?: (string | Buffer)[], failure?: Failure) => void

/** The header word of the rows that is not 0 while JavaScript walks them: native code does not reuse their texts' memory. */
export const WALKED = 1

/** What `sendBinary` answers, and sends nothing, for a view without bytes: its memory may have been transferred. */
export const EMPTY = -2
/** What `sendBytes` answers, and sends nothing, for all that is no Uint8Array with bytes in unshared memory. */
export const OTHER = -2

/** What a send of the blocking API answers, and sends nothing, when the socket is to be looked at first. */
export const LOOK_FIRST = -3
/** What the binary itself has. */
export interface Addon {
  version(): string
  /** The native functions for one copy of this package: of these there may be several in a thread. */
  bind(deliver: Deliver, allocate: () => Buffer, words: number): Native
  /** What is to run at the end of the process, put there by the copies that share the binary. */
  exits?: Set<() => void>
  exitListener?: () => void
}

/** The native functions. Any other negative number says that the connection is gone. */
export interface Native {
  /** What both sides see, as many words as were asked for. */
  readonly rows: Uint32Array
  /** Whether the loop can drive connections here. */
  readonly hasLoop: boolean
  trust(pem: string[]): void
  connect(
    request: ConnectRequest,
    settle: (opened: Opened, failure?: Failure) => void,
    lookup?: (host: string, family: number) => void,
  ): number | Failure
  answerLookup(token: number, addresses: string[], problem?: string): void
  cancel(token: number): void
  connectSync(
    request: ConnectRequest,
    signals: number,
    lookup?: (host: string, family: number) => string[] | string,
  ): Opened | Failure | undefined
  block(id: number, drainTo: number, read: boolean, timeout: number, signals: number): number
  /** The bit of the signal that ended a blocked call; 0 for none. */
  takeSignal(): number
  endTurn(): void
  sendText(id: number, text: string, units: number): number
  sendBytes(id: number, data: unknown): number
  sendBinary(id: number, view: NodeJS.ArrayBufferView, empty?: true): number
  cork(id: number, corked: boolean): void
  flush(): void
  ping(id: number, payload: NodeJS.ArrayBufferView): number
  close(id: number, code: number, reason: string): number
  terminate(id: number): void
  setReading(id: number, reading: boolean): boolean
  setReferenced(id: number, referenced: boolean): void
  turn(id: number): void
  tick(id: number): number
  buffered(id: number): number
  counters(id: number): Counters | undefined
}

function load(): Addon {
  let loaded: Partial<Addon>
  try {
    loaded = require('../../native/loader.js')
  } catch (error) {
    throw loadError(error)
  }
  const { version } = require('../../package.json') as { version: string }
  const found = loaded.version?.()
  if (found !== version) throw versionError(found, version)
  return loaded as Addon
}

/** The native part, loaded with this module; `environment.ts` binds it. */
export const addon: Addon = load()
