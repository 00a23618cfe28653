/** When `connect.forever` connects again, and how long it waits before. */

import { ConnectionClosedError, HandshakeError, ProxyError, WebSocketError } from '../errors/classes.js'
import { MAX_DELAY } from '../node/timers.js'
import { type ForeverOptions, RETRY_OPTIONS, type Reconnect } from '../options/forever.js'
import { reader } from '../options/records.js'
import type { Closed } from './end.js'

const RETRIED = new Set([
  'ERR_WS_RESOLVE',
  'ERR_WS_CONNECT',
  'ERR_WS_HANDSHAKE_LOST',
  'ERR_WS_CONNECT_TIMEOUT',
  'ERR_WS_CLOSE_TIMEOUT',
  'ERR_WS_PING_TIMEOUT',
  'ERR_WS_IDLE_TIMEOUT',
])
/**
 * Close codes of a peer that would close the next connection as well (RFC 6455 section 7.4.1): it rejects what this side
 * sends, or misses an extension.
 */
const PERMANENT_CODES = new Set([1002, 1003, 1007, 1008, 1009, 1010])
const RETRIED_STATUS = new Set([408, 425, 429])
/** Causes of a proxy error that may be temporary: the proxy or the target behind it is unreachable. */
const RETRIED_CAUSES = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'EPIPE', 'EIO'],
  ...['ENOTFOUND', 'EAI_AGAIN'],
])

function isTemporaryStatus(status: number): boolean {
  return RETRIED_STATUS.has(status) || (status >= 500 && status < 600)
}

function isTemporary(error: unknown): boolean {
  if (error instanceof HandshakeError && error.code === 'ERR_WS_UNEXPECTED_STATUS') {
    return isTemporaryStatus(error.status)
  }
  if (error instanceof ProxyError && error.code === 'ERR_WS_PROXY') {
    const { code = '' } = (error.cause ?? {}) as { code?: string }
    return isTemporaryStatus(error.status) || RETRIED_CAUSES.has(code)
  }
  if (error instanceof ConnectionClosedError) return !PERMANENT_CODES.has(error.closeCode)
  return error instanceof WebSocketError && RETRIED.has(error.code)
}

/** Whether an error is a mistake of the caller, which occurs again. */
export function isMistake(error: unknown): boolean {
  // A function of the caller may throw other TypeErrors, as `fetch` does for a network error.
  return error instanceof TypeError && String((error as { code?: string }).code).startsWith('ERR_WS_')
}

/**
 * The error of a connection that has ended, for `shouldReconnect`. None if the peer has closed it with a code that lets
 * this side connect again.
 */
export function endToJudge({ code, wasClean, error }: Closed): Error | undefined {
  return wasClean && !PERMANENT_CODES.has(code) ? undefined : error
}

function byDefault({ error }: Reconnect): boolean {
  return error === undefined || isTemporary(error)
}

/** The delay that a server asks for, in ms (RFC 9110 section 10.2.3). */
function retryAfter(error: unknown): number {
  const hasHeaders = error instanceof HandshakeError || error instanceof ProxyError
  const value = hasHeaders ? error.headers['retry-after'] : undefined
  const text = Array.isArray(value) ? value[0] : value
  if (text === undefined) return 0
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Math.max(wait, 0) || 0
}

/** The checked options of `connect.forever`. */
export class RetryPolicy {
  readonly shouldReconnect: (reason: Reconnect) => boolean | Promise<boolean>
  readonly stableAfter: number
  readonly #backoff: { readonly initial: number; readonly max: number; readonly factor: number }
  readonly #jitter: number

  constructor(options: ForeverOptions) {
    const read = reader(options, RETRY_OPTIONS)
    const backoff = read('backoff')
    this.shouldReconnect = read('shouldReconnect') ?? byDefault
    this.stableAfter = read('stableAfter')
    // Node's timers take no longer delays.
    this.#backoff = { ...backoff, max: Math.min(backoff.max, MAX_DELAY) }
    this.#jitter = read('jitter')
  }

  /** The delay before the next connect, in ms. `attempt` counts the failures in a row. */
  delay(attempt: number, error: unknown): number {
    if (attempt === 0) return 0
    // Bounded, because 0 times Infinity is NaN.
    const { initial, max, factor } = this.#backoff
    const growth = Math.min(factor ** (attempt - 1), Number.MAX_VALUE)
    const grown = Math.min(initial * growth, max)
    const chosen = grown * (1 - this.#jitter * Math.random())
    return Math.min(Math.max(chosen, retryAfter(error)), max)
  }
}
