/** Makes the errors that callers see from what native code reports. */

import {
  ConnectError,
  ConnectionClosedError,
  HandshakeError,
  MessageTooBigError,
  ProtocolError,
  ProxyError,
  type Rejection,
  TimeoutError,
  WebSocketError,
} from '../errors/classes.js'
import { ERROR_CODES, type ErrorCode, type Phase } from '../errors/codes.js'
import { invalid } from '../errors/invalid.js'
import type { Failure } from './binding.js'
import { fromHeaders } from './response.js'

/** Makes an error of the class that {@link ERROR_CODES} lists for the code. */
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
      return new HandshakeError(code, phase, message, toRejection(failure))
    case 'ProxyError':
      return new ProxyError(code, phase, message, toRejection(failure), toCause(failure))
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

function toRejection({ status = 0, headers = [], body = Buffer.alloc(0) }: Failure): Rejection {
  return { status, headers: fromHeaders(headers), body }
}

function toCause(failure: Failure): Error | undefined {
  if (failure.causeCode === undefined) return undefined
  return Object.assign(new Error(failure.causeMessage ?? failure.causeCode), { code: failure.causeCode })
}
