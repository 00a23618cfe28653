/** The messages that the channels of `node:diagnostics_channel` publish. */

import type { Stats } from './stats.js'

/**
 * One call of `connect`: the same object from the call to the end of its connection. The message of the channels
 * `tracing:websocket-rs.connect:*`, and the `context` of all other messages.
 */
export interface ConnectContext {
  /** The URL, without user name and password. */
  readonly url: string
  /** Whether the call was one of the blocking API. */
  readonly blocking: boolean
  /** The `Connection` or `SyncConnection`, once it is open. */
  result?: object
  /** The error of the call, once it has failed. */
  error?: unknown
}

/** The message of `websocket-rs:connect`: `connect` was called. */
export interface ConnectEvent {
  /** The URL, without user name and password. */
  url: string
  /** Whether the call was one of the blocking API. */
  blocking: boolean
  context: ConnectContext
}

/** The message of `websocket-rs:open`: a connection has opened. */
export interface OpenEvent {
  url: string
  /** The `Connection` or `SyncConnection`. */
  connection: object
  /** Time from the call of `connect` to the open connection, in ms. */
  duration: number
  context: ConnectContext
}

/** The message of `websocket-rs:error`: a connection could not be opened. */
export interface ErrorEvent {
  url: string
  error: unknown
  context: ConnectContext
}

/** The message of `websocket-rs:close`: a connection has ended. */
export interface CloseEvent {
  url: string
  connection: object
  closeCode: number
  closeReason: string
  wasClean: boolean
  /** Why the connection ended; missing if it was closed with 1000 or 1001, or on this side. */
  error?: Error
  /** Messages, bytes and system calls of the whole connection. */
  stats: Stats
  context: ConnectContext
}
