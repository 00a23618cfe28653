/** Closing: the states of a connection, close codes, and checks of what a close frame may say (RFC 6455 section 7.4). */

import { TimeoutError } from '../errors/classes.js'
import { describe, invalid } from '../errors/invalid.js'
import { MAX_DELAY, setReadTimeout, type Timer } from '../node/timers.js'

/** States of a connection, with the numbers of the WHATWG interface. */
export const OPEN = 1
export const CLOSING = 2
export const CLOSED = 3

/** Close code: the purpose of the connection is fulfilled. */
export const NORMAL = 1000
/** Close code: the peer goes away. */
export const GOING_AWAY = 1001
/** Close code that stands for a close frame without a code. */
export const NO_STATUS = 1005
/** Close code: a message is too large. */
export const TOO_BIG = 1009
/** Close code: an endpoint cannot go on. */
export const INTERNAL_ERROR = 1011
/** Close code that stands for a missing close frame. */
export const ABNORMAL = 1006

/** Most bytes of a close reason (RFC 6455 section 5.5). */
const MAX_REASON = 123

/** Whether a close frame may carry the code (RFC 6455 section 7.4). */
function isSendable(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999)
}

/**
 * Checks the code and the reason of a close frame (RFC 6455 section 7.4).
 *
 * @throws TypeError `ERR_WS_INVALID_CLOSE`.
 */
export function checkClose(code: unknown, reason: unknown): void {
  const sendable = typeof code === 'number' && Number.isInteger(code) && isSendable(code)
  if (!sendable) {
    const shown = typeof code === 'number' ? String(code) : describe(code)
    throw invalid(
      'ERR_WS_INVALID_CLOSE',
      `close code ${shown} may not be sent: 1000-1003, 1007-1014 and 3000-4999 may (RFC 6455 section 7.4)`,
    )
  }
  // A unit of UTF-16 has at most three bytes of UTF-8.
  const fits =
    typeof reason === 'string' && (3 * reason.length <= MAX_REASON || Buffer.byteLength(reason) <= MAX_REASON)
  if (!fits) {
    throw invalid(
      'ERR_WS_INVALID_CLOSE',
      `a close reason is a string of at most ${MAX_REASON} bytes of UTF-8`,
    )
  }
}

/**
 * The error of a `close` whose time ran out before the kernel had taken everything.
 *
 * @param isFragmenting whether chunks of a message were still to come
 */
export function unsentError(bytes: number, isFragmenting = false): TimeoutError {
  const rest = isFragmenting ? ' and the rest of a message' : ''
  return new TimeoutError(
    'ERR_WS_CLOSE_TIMEOUT',
    'close',
    `${bytes} bytes${rest} were not sent within closeTimeout`,
  )
}

/** A connection that is closing. */
interface Limited {
  /** Requests a call of `handleCloseDue` by native code, which has one timer for all connections that libuv watches. */
  limitClose(delay: number, holds: boolean): boolean
  /** Delivers what has arrived. */
  turn(): void
  /** The closing handshake has lasted too long. */
  handleCloseDue(): void
}

/**
 * Calls `handleCloseDue` after `closeTimeout` ms. Returns the timer that does so, unless native code does.
 *
 * @param holds whether the process stays alive until then
 */
export function limitClose(connection: Limited, closeTimeout: number, holds: boolean): Timer | undefined {
  if (closeTimeout === Number.POSITIVE_INFINITY) return undefined
  const delay = Math.min(closeTimeout, MAX_DELAY)
  if (connection.limitClose(delay, holds)) return undefined
  const timer = setReadTimeout(() => {
    // The end may have arrived while the loop was blocked.
    connection.turn()
    connection.handleCloseDue()
  }, delay)
  if (!holds) timer.unref()
  return timer
}

/** A pending close: the promise that all calls of `close` share. */
export class Closing {
  readonly promise: Promise<void>
  resolve: () => void = () => {}
  reject: (error: Error) => void = () => {}

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }
}
