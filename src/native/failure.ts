/** What native code reports, as the error a caller sees. */

import {
  ConnectError,
  ConnectionClosedError,
  ERROR_CODES,
  type ErrorCode,
  HandshakeError,
  MessageTooBigError,
  type Phase,
  ProtocolError,
  ProxyError,
  type Refusal,
  TimeoutError,
  WebSocketError,
} from '../errors/classes.js'
import { invalid } from '../errors/invalid.js'
import { fromHeaders } from '../options/headers.js'
import type { Failure } from './binding.js'

/** Makes the error of the class that the table gives its code. */
export function toError(failure: Failure): Error {
  const { code, phase, message } = failure as Failure & { code: ErrorCode; phase: Phase }
  switch (ERROR_CODES[code][0]) {
    case 'TypeError':
      return invalid(code, message)
    case 'TimeoutError':
      return new TimeoutError(code, phase, message)
    case 'ConnectError':
      return new ConnectError(code, phase, message, toCause(failure))
    case 'HandshakeError':
      return new HandshakeError(code, phase, message, toRefusal(failure))
    case 'ProxyError':
      return new ProxyError(code, phase, message, toRefusal(failure), toCause(failure))
    case 'ProtocolError':
      return new ProtocolError(code, message, failure.closeCode ?? 1002)
    case 'MessageTooBigError':
      return new MessageTooBigError(code, phase, message)
    case 'ConnectionClosedError':
      return new ConnectionClosedError(message, failure.closeCode ?? 1006, '', false, toCause(failure))
    default:
      return new WebSocketError(code, phase, message, toCause(failure))
  }
}

function toRefusal({ status = 0, headers = [], body = Buffer.alloc(0) }: Failure): Refusal {
  return { status, headers: fromHeaders(headers), body }
}

function toCause(failure: Failure): Error | undefined {
  if (failure.causeCode === undefined) return undefined
  return Object.assign(new Error(failure.causeMessage ?? failure.causeCode), { code: failure.causeCode })
}
