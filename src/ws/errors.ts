/** The errors of `ws`, made of the failures of native code: the same classes, codes and texts. */

import { constants } from 'node:os'
import type { Failure } from '../native/binding.js'

type Coded = Error & { code?: string; errno?: number; syscall?: string }

/** Node's numbers for errors of the resolver. */
const RESOLVER: Record<string, number> = { ENOTFOUND: -3008, EAI_AGAIN: -3001 }

function systemError(syscall: string, code: string, target: string, more: object): Coded {
  const number = constants.errno[code as keyof typeof constants.errno]
  const errno = RESOLVER[code] ?? (number === undefined ? undefined : -number)
  return Object.assign(new Error(`${syscall} ${code}${target === '' ? '' : ` ${target}`}`), {
    ...(errno === undefined ? {} : { errno }),
    code,
    syscall,
    ...more,
  })
}

/** Splits `127.0.0.1:80` or `[::1]:80`. The path of a Unix socket stays whole. */
function toTarget(text: string): { shown: string; more: object } {
  const [, address, port] = /^\[?([^\]]*)\]?:(\d+)$/.exec(text) ?? []
  if (address === undefined || text.startsWith('/')) return { shown: text, more: { address: text } }
  return { shown: `${address}:${port}`, more: { address, port: Number(port) } }
}

/** Makes the error of a refused connection: one for each address, within an AggregateError if there are several. */
function dialError(code: string, addresses: string): Error {
  const errors = (addresses.startsWith('/') ? [addresses] : addresses.split(', ')).map((text) => {
    const { shown, more } = toTarget(text)
    return systemError('connect', code, shown, more)
  })
  const [first] = errors
  if (errors.length === 1 && first !== undefined) return first
  return Object.assign(new AggregateError(errors, ''), { code })
}

/** Returns the error of Node for a request whose connection has ended. */
export function hangUp(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
}

/** The text of the error of a response that switches to another protocol. */
export const NO_UPGRADE = 'Invalid Upgrade header'

/** What the client asked for, which decides the text of some errors. */
export interface Asked {
  readonly protocols: readonly string[]
  readonly hasExtensions: boolean
}

function extensionError(asked: Asked, header: string): Error {
  if (!asked.hasExtensions) {
    return new Error('Server sent a Sec-WebSocket-Extensions header but no extension was requested')
  }
  const names = header.split(',').map((item) => item.split(';')[0]?.trim())
  const isKnown = names.every((name) => name === 'permessage-deflate')
  const hasSyntax = /^[\s\w!#$%&'*+.^`|~;,="-]*$/.test(header) && !/(^|[;,])\s*(=|[;,]|$)/.test(header)
  return new Error(
    hasSyntax && !isKnown
      ? 'Server indicated an extension that was not requested'
      : 'Invalid Sec-WebSocket-Extensions header',
  )
}

function protocolError(asked: Asked, header: string | undefined): Error {
  if (asked.protocols.length === 0) return new Error('Server sent a subprotocol but none was requested')
  return new Error(header === undefined ? 'Server sent no subprotocol' : 'Server sent an invalid subprotocol')
}

/** Returns the first header of a name in lower case, of names and values in turn. */
export function headerOf(flat: readonly string[] | undefined, name: string): string | undefined {
  const at = (flat ?? []).findIndex((item, index) => index % 2 === 0 && item.toLowerCase() === name)
  return at < 0 ? undefined : flat?.[at + 1]
}

/** Makes the error of a response that did not open the connection. */
function responseError(failure: Failure, asked: Asked): Error | undefined {
  const header = (name: string) => headerOf(failure.headers, name)
  switch (failure.code) {
    case 'ERR_WS_UNEXPECTED_STATUS':
    case 'ERR_WS_REDIRECT':
      return new Error(`Unexpected server response: ${failure.status}`)
    case 'ERR_WS_INVALID_ACCEPT':
      return new Error('Invalid Sec-WebSocket-Accept header')
    case 'ERR_WS_INVALID_EXTENSION':
      return extensionError(asked, header('sec-websocket-extensions') ?? '')
    case 'ERR_WS_INVALID_SUBPROTOCOL':
      return protocolError(asked, header('sec-websocket-protocol'))
    case 'ERR_WS_INVALID_RESPONSE':
      if (failure.status !== undefined) return new Error(NO_UPGRADE)
      return Object.assign(new Error('Parse Error: Expected HTTP/, RTSP/ or ICE/'), {
        code: 'HPE_INVALID_CONSTANT',
      })
    default:
      return undefined
  }
}

/**
 * Makes the error of a failed connect.
 *
 * @param fallback the error of our own APIs, for what has no counterpart
 */
export function toConnectError(failure: Failure, asked: Asked, fallback: Error): Error {
  const cause = failure.causeCode ?? ''
  switch (failure.code) {
    case 'ERR_WS_CONNECT':
      return cause === '' ? fallback : dialError(cause, failure.address ?? '')
    case 'ERR_WS_RESOLVE':
      return systemError('getaddrinfo', cause, failure.address ?? '', { hostname: failure.address })
    case 'ERR_WS_CONNECT_TIMEOUT':
      return new Error('Opening handshake has timed out')
    case 'ERR_WS_TLS':
      return Object.assign(new Error(failure.causeMessage ?? failure.message), { code: cause })
    case 'ERR_WS_HANDSHAKE_LOST':
      return /reset/i.test(failure.causeMessage ?? '') ? systemError('read', cause, '', {}) : hangUp()
    default:
      return responseError(failure, asked) ?? fallback
  }
}

/** The frame that was refused: its first two bytes. */
interface Frame {
  readonly opcode: number
  /** Whether RSV2 or RSV3 is set. */
  readonly hasOtherRsv: boolean
  readonly length: number
}

function toFrame(beginning: number): Frame {
  const [bits, size] = [beginning >> 8, beginning & 0xff]
  return { opcode: bits & 0x0f, hasOtherRsv: (bits & 0x30) !== 0, length: size & 0x7f }
}

const opcode = ({ opcode: found }: Frame): [string, string] => ['INVALID_OPCODE', `invalid opcode ${found}`]

/** Code and text of the error of `ws`, by the name that native code gives to a violation. */
const VIOLATIONS: Record<string, (frame: Frame, value: number) => [code: string, message: string]> = {
  'reserved-bits': ({ hasOtherRsv }) =>
    hasOtherRsv
      ? ['UNEXPECTED_RSV_2_3', 'RSV2 and RSV3 must be clear']
      : ['UNEXPECTED_RSV_1', 'RSV1 must be clear'],
  masked: () => ['UNEXPECTED_MASK', 'MASK must be clear'],
  'fragmented-control-frame': () => ['EXPECTED_FIN', 'FIN must be set'],
  'long-control-frame': ({ length }) => [
    'INVALID_CONTROL_PAYLOAD_LENGTH',
    `invalid payload length ${length}`,
  ],
  'half-close-code': () => ['INVALID_CONTROL_PAYLOAD_LENGTH', 'invalid payload length 1'],
  'close-code': (_, code) => ['INVALID_CLOSE_CODE', `invalid status code ${code}`],
  'reserved-opcode': opcode,
  'nothing-to-continue': opcode,
  'unfinished-message': opcode,
}

function coded<E extends Error>(error: E, code: string): E {
  Object.defineProperty(error, 'code', {
    value: `WS_ERR_${code}`,
    configurable: true,
    writable: true,
    enumerable: true,
  })
  return error
}

/** The number of zlib for data that it cannot decompress. */
const Z_DATA_ERROR = -3

/** Makes the error of a violation of the peer. */
export function toViolation(failure: Failure): Error {
  const { violation = '', refused = 0 } = failure
  if (violation === 'invalid-deflate')
    return Object.assign(new Error('invalid deflate data'), { errno: Z_DATA_ERROR, code: 'Z_DATA_ERROR' })
  if (violation === 'invalid-utf8')
    return coded(new Error('Invalid WebSocket frame: invalid UTF-8 sequence'), 'INVALID_UTF8')
  // A length that no number of JavaScript holds exactly.
  if (violation === 'long-frame')
    return coded(
      new RangeError('Unsupported WebSocket frame: payload length > 2^53 - 1'),
      'UNSUPPORTED_DATA_PAYLOAD_LENGTH',
    )
  if (failure.code === 'ERR_WS_MESSAGE_TOO_BIG')
    return coded(new RangeError('Max payload size exceeded'), 'UNSUPPORTED_MESSAGE_LENGTH')
  if (violation === 'too-many-fragments')
    return coded(new RangeError('Too many message fragments'), 'TOO_MANY_BUFFERED_PARTS')
  const describe = VIOLATIONS[violation]
  if (describe === undefined) return new RangeError(failure.message)
  const [code, message] = describe(toFrame(refused), refused)
  return coded(new RangeError(`Invalid WebSocket frame: ${message}`), code)
}

/**
 * Makes the error of a message that was not sent before the end of the connection.
 *
 * @param end why the connection has ended
 */
export function toSendError(end: Error): Error {
  const { code } = (end.cause ?? {}) as { code?: string }
  if (code !== undefined) return systemError('write', code, '', { cause: end })
  const error = new Error('Cannot call write after a stream was destroyed', { cause: end })
  return Object.assign(error, { code: 'ERR_STREAM_DESTROYED' })
}

/** The error of a call on a connection that is not open. */
export function notOpen(state: number): Error {
  const names = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED']
  return new Error(`WebSocket is not open: readyState ${state} (${names[state]})`)
}
