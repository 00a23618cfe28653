/** When `connect.forever` connects again, and how long it waits before. */

import { HandshakeError, ProxyError, WebSocketError } from '../errors/classes.js'
import { MAX_DELAY } from '../node/timers.js'
import { type ForeverOptions, RETRY_OPTIONS, type Reconnect } from '../options/forever.js'
import { check } from '../options/records.js'

const RETRIED = new Set([
  'ERR_WS_RESOLVE',
  'ERR_WS_CONNECT',
  'ERR_WS_HANDSHAKE_LOST',
  'ERR_WS_CONNECT_TIMEOUT',
])
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
  return error instanceof WebSocketError && RETRIED.has(error.code)
}

/** Whether an error is a mistake of the caller, which occurs again. */
export function isMistake(error: unknown): boolean {
  return error instanceof TypeError
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
    const { backoff, jitter, stableAfter, shouldReconnect = byDefault } = check(options, RETRY_OPTIONS)
    this.shouldReconnect = shouldReconnect
    this.stableAfter = stableAfter
    // Node's timers take no longer delays.
    this.#backoff = { ...backoff, max: Math.min(backoff.max, MAX_DELAY) }
    this.#jitter = jitter
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
