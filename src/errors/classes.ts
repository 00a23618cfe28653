/** The classes of all errors that callers meet, apart from the `TypeError`s of `invalid.ts`. */

import type { ErrorCode, Phase } from './codes.js'

/** Base of all errors except those for mistakes of the caller. */
export class WebSocketError extends Error {
  /** One of {@link ERROR_CODES}. */
  readonly code: ErrorCode
  /** The phase of the connection in which the error occurred. */
  readonly phase: Phase
  /** The URL of the connection, without user name and password; missing if the error is not about a connection. */
  declare url?: string

  constructor(code: ErrorCode, phase: Phase, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.phase = phase
  }
}

/** A deadline passed. */
export class TimeoutError extends WebSocketError {}

/** The connection could not be opened. `cause.code` is a code of the system or of TLS. */
export class ConnectError extends WebSocketError {}

/** The HTTP response that rejected the handshake. */
export type Rejection = Pick<ResponseError, 'status' | 'headers' | 'body'>

/** Base of the errors about an HTTP response. */
abstract class ResponseError extends WebSocketError {
  /** HTTP status code; 0 if there was no response, or none that could be parsed. */
  readonly status: number
  /** Response headers: names in lower case; repeated ones are joined with `, `, and only `set-cookie` is a list. */
  readonly headers: Record<string, string | string[]>
  /** The first 64 KiB of the response body. */
  readonly body: Buffer

  constructor(code: ErrorCode, phase: Phase, message: string, rejection: Rejection, cause?: unknown) {
    super(code, phase, message, cause)
    this.status = rejection.status
    this.headers = rejection.headers
    this.body = rejection.body
  }
}

/** The server's response did not accept the WebSocket handshake (RFC 6455 section 4.1). */
export class HandshakeError extends ResponseError {}

/** The proxy did not open a tunnel. `cause.code` is a code of the system, of TLS or of SOCKS. */
export class ProxyError extends ResponseError {}

/** The peer violated the protocol. `closeCode` is the code it was sent (RFC 6455 section 7.4.1). */
export class ProtocolError extends WebSocketError {
  /** 1002; 1007 for invalid UTF-8; 1008 for too many fragments or unsent pongs. */
  readonly closeCode: number

  constructor(code: ErrorCode, message: string, closeCode: number) {
    super(code, 'open', message)
    this.closeCode = closeCode
  }
}

/** A message was larger than `maxMessageSize`. */
export class MessageTooBigError extends WebSocketError {
  /** Always 1009. */
  readonly closeCode = 1009
}

/** A received message is not JSON. The connection stays open. */
export class InvalidJSONError extends WebSocketError {
  /** The message. With `reuseMemory` it is valid until the next message is taken. */
  readonly data: string | Buffer

  constructor(data: string | Buffer, cause: unknown) {
    super('ERR_WS_INVALID_JSON', 'open', `the message is not JSON: ${(cause as Error).message}`, cause)
    this.data = data
  }
}

/** The connection is closing or closed. */
export class ConnectionClosedError extends WebSocketError {
  /** The peer's close code; 1005 if its close frame had none; 1006 if there was no close frame. */
  readonly closeCode: number
  /** The peer's close reason. */
  readonly closeReason: string
  /** Whether the closing handshake was completed. */
  readonly wasClean: boolean

  constructor(message: string, closeCode: number, closeReason: string, wasClean: boolean, cause?: unknown) {
    super('ERR_WS_CLOSED', 'close', message, cause)
    this.closeCode = closeCode
    this.closeReason = closeReason
    this.wasClean = wasClean
  }
}

/** A signal was aborted. The same as the error of Node's own APIs. */
export class AbortError extends Error {
  /** Always `ABORT_ERR`. */
  readonly code = 'ABORT_ERR'

  constructor(reason?: unknown) {
    super('The operation was aborted', reason === undefined ? undefined : { cause: reason })
  }
}

// On the prototypes, as for built-in errors.
for (const errorClass of [
  WebSocketError,
  TimeoutError,
  ConnectError,
  HandshakeError,
  ProxyError,
  ProtocolError,
  MessageTooBigError,
  InvalidJSONError,
  ConnectionClosedError,
  AbortError,
]) {
  Object.defineProperty(errorClass.prototype, 'name', {
    value: errorClass.name,
    configurable: true,
    writable: true,
  })
}
