/**
 * websocket-rs/web: the WebSocket of the WHATWG standard, its events, and WebSocketStream.
 *
 * @packageDocumentation
 */

import * as events from './web/events.js'
import type * as types from './web/types.js'
import * as websocket from './web/websocket.js'
import * as errors from './web/websocket-error.js'
import * as streams from './web/websocket-stream.js'

export type {
  BinaryType,
  CloseEventInit,
  ConnectionInit,
  ErrorEventInit,
  MessageEventInit,
  WebSocketCloseInfo,
  WebSocketEventMap,
  WebSocketInit,
  WebSocketOpenInfo,
  WebSocketStreamOptions,
} from './web/types.js'

/** A WebSocket client with the interface of the WHATWG standard, and its connection. */
export const WebSocket = websocket.WebSocket as unknown as types.WebSocketConstructor
export type WebSocket = types.WebSocket

/** The event `'close'`: the connection has ended. */
export const CloseEvent: types.CloseEventConstructor = events.CloseEvent
export type CloseEvent = types.CloseEvent

/** The event `'message'`: a message has arrived. */
export const MessageEvent = events.MessageEvent as types.MessageEventConstructor
export type MessageEvent<T = unknown> = types.MessageEvent<T>

/** The event `'error'`: no connection could be opened, or it ended without the peer's close frame. */
export const ErrorEvent: types.ErrorEventConstructor = events.ErrorEvent
export type ErrorEvent = types.ErrorEvent

/**
 * Sends a ping (RFC 6455 section 5.5.2), as undici's function of this name. Nothing is sent unless the connection is open.
 *
 * @param body at most 125 bytes. Default: none
 * @throws TypeError `ERR_WS_INVALID_DATA` for more bytes.
 */
export const ping = websocket.ping as unknown as (ws: WebSocket, body?: NodeJS.ArrayBufferView) => void

/** A WebSocket whose messages are streams, with back-pressure: the draft of the WHATWG. */
export const WebSocketStream: types.WebSocketStreamConstructor = streams.WebSocketStream
export type WebSocketStream = types.WebSocketStream

/** The error of a WebSocketStream. As the reason of a cancelled or aborted stream, it says how to close the connection. */
export const WebSocketError = errors.WebSocketError as types.WebSocketErrorConstructor
export type WebSocketError = types.WebSocketError
