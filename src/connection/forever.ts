/** A connection that is opened again when it is over: `connect.forever`. */

import { AbortError, HandshakeError, ProxyError, WebSocketError } from '../errors/classes.js'
import { MAX_DELAY, startSpan, startTimer } from '../node/timers.js'
import { checkNames, wrong } from '../options/checks.js'
import { type ConnectOptions, toSignal } from '../options/settings.js'
import { onAbort } from './abort.js'
import type { Connection } from './async.js'

/** How long to wait before connecting again, in ms: `initial`, then `factor` times as long each time, at most `max`. */
export interface Backoff {
  /** Default 100. */
  initial?: number
  /** Default 30 000. */
  max?: number
  /** Default 2. */
  factor?: number
}

/** Why to connect again. */
export interface Reconnect {
  /** Why no connection came about; `undefined` where there was one, which is over. */
  error: unknown
  /** The code the connection ended with. */
  closeCode: number | undefined
  /** Failures in a row: 1 for the first. A connection that held for `stableAfter` begins anew. */
  attempt: number
  /** How long will be waited, in ms. */
  delay: number
}

/** Options of `connect.forever`. */
export interface ForeverOptions extends ConnectOptions {
  backoff?: Backoff
  /** What part of each delay is left to chance, 0 to 1. Default 0.5: between half of it and all. */
  jitter?: number
  /** A connection that held for so many ms is no failure: the next one is opened at once. Default 5000. */
  stableAfter?: number
  /**
   * Whether to connect again. Default: after every close; after errors of network and time, and the statuses 408, 425,
   * 429 and 5xx, of a proxy too, but not after what will fail again: a certificate, any other status. A wrong option
   * is thrown without asking.
   */
  shouldReconnect?(reason: Reconnect): boolean | Promise<boolean>
}

const NAMES = ['backoff', 'jitter', 'stableAfter', 'shouldReconnect']
const RETRIED = new Set([
  'ERR_WS_RESOLVE',
  'ERR_WS_CONNECT',
  'ERR_WS_HANDSHAKE_LOST',
  'ERR_WS_CONNECT_TIMEOUT',
])
const RETRIED_STATUS = new Set([408, 425, 429])
/** Causes of a proxy's failure that may pass: it, or the target behind it, is away. */
const RETRIED_CAUSES = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'EPIPE', 'EIO'],
  ...['ENOTFOUND', 'EAI_AGAIN'],
])

function isPassingStatus(status: number): boolean {
  return RETRIED_STATUS.has(status) || (status >= 500 && status < 600)
}

function isPassing(error: unknown): boolean {
  if (error instanceof HandshakeError && error.code === 'ERR_WS_UNEXPECTED_STATUS') {
    return isPassingStatus(error.status)
  }
  if (error instanceof ProxyError && error.code === 'ERR_WS_PROXY') {
    const { code = '' } = (error.cause ?? {}) as { code?: string }
    return isPassingStatus(error.status) || RETRIED_CAUSES.has(code)
  }
  return error instanceof WebSocketError && RETRIED.has(error.code)
}

/** The caller's own, which no waiting mends. */
function isMistake(error: unknown): boolean {
  return error instanceof TypeError
}

function byDefault({ error }: Reconnect): boolean {
  return error === undefined || isPassing(error)
}

/** What a server asked to wait, in ms (RFC 9110 section 10.2.3). */
function retryAfter(error: unknown): number {
  const isRefusal = error instanceof HandshakeError || error instanceof ProxyError
  const value = isRefusal ? error.headers['retry-after'] : undefined
  const text = Array.isArray(value) ? value[0] : value
  if (text === undefined) return 0
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Math.max(wait, 0) || 0
}

function toNumber(name: string, value: unknown, fallback: number, least: number, most: number): number {
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !(value >= least && value <= most))
    throw wrong(
      name,
      most === Number.POSITIVE_INFINITY ? `a number, ${least} or more` : `${least} to ${most}`,
      value,
    )
  return value
}

/** The checked options, and how long to wait. */
class Policy {
  readonly shouldReconnect: (reason: Reconnect) => boolean | Promise<boolean>
  readonly stableAfter: number
  readonly #initial: number
  readonly #max: number
  readonly #factor: number
  readonly #jitter: number

  constructor({ backoff = {}, jitter, stableAfter, shouldReconnect = byDefault }: ForeverOptions) {
    if (typeof backoff !== 'object' || backoff === null) throw wrong('backoff', 'an object', backoff)
    if (typeof shouldReconnect !== 'function') throw wrong('shouldReconnect', 'a function', shouldReconnect)
    checkNames(backoff, new Set(['initial', 'max', 'factor']), new Set(), 'backoff.')
    this.#initial = toNumber('backoff.initial', backoff.initial, 100, 0, Number.POSITIVE_INFINITY)
    // Node's timers hold no more.
    this.#max = Math.min(toNumber('backoff.max', backoff.max, 30_000, 0, Number.POSITIVE_INFINITY), MAX_DELAY)
    this.#factor = toNumber('backoff.factor', backoff.factor, 2, 1, Number.POSITIVE_INFINITY)
    this.#jitter = toNumber('jitter', jitter, 0.5, 0, 1)
    this.stableAfter = toNumber('stableAfter', stableAfter, 5000, 0, Number.POSITIVE_INFINITY)
    this.shouldReconnect = shouldReconnect
  }

  delay(attempt: number, error: unknown): number {
    if (attempt === 0) return 0
    // Not beyond what a number can hold: nothing times infinity is no number.
    const growth = Math.min(this.#factor ** (attempt - 1), Number.MAX_VALUE)
    const grown = Math.min(this.#initial * growth, this.#max)
    const chosen = grown * (1 - this.#jitter * Math.random())
    return Math.min(Math.max(chosen, retryAfter(error)), this.#max)
  }
}

/** Waits for a promise, or until the signal fires. */
async function unlessAborted<T>(signal: AbortSignal, promise: T | Promise<T>): Promise<T> {
  let ignore = () => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    ignore = onAbort(signal, () => reject(new AbortError(signal.reason)))
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    ignore()
  }
}

async function wait(delay: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new AbortError(signal.reason)
  if (delay === 0) return
  let end = () => {}
  const passed = new Promise<void>((resolve) => {
    end = startTimer(resolve, delay, true)
  })
  await unlessAborted(signal, passed).finally(end)
}

type Connect = (url: string | URL, options?: ConnectOptions) => Promise<Connection>

/** What is for here, and what is for `connect`. */
function split(options: ForeverOptions): { policy: Policy; rest: ConnectOptions } {
  if (typeof options !== 'object' || options === null) throw wrong('options', 'an object', options)
  const rest = Object.entries(options).filter(([name]) => !NAMES.includes(name))
  return { policy: new Policy(options), rest: Object.fromEntries(rest) }
}

/**
 * Gives a connection to the loop, and says whether it held for so many ms. Nothing stays open behind a loop that is
 * left, and it hears what could not be sent.
 */
async function* lend(ws: Connection, stableAfter: number): AsyncGenerator<Connection, boolean, undefined> {
  const hasHeld = startSpan(stableAfter)
  let isLeft = true
  try {
    yield ws
    isLeft = false
    return hasHeld()
  } catch (error) {
    // Thrown in by the caller, and not to be hidden.
    isLeft = false
    await ws.close().catch(() => {})
    throw error
  } finally {
    hasHeld()
    if (isLeft) await ws.close()
  }
}

/** Connections to one URL, each opened when the one before is over. See `connect.forever`. */
class Forever implements AsyncGenerator<Connection, void, undefined> {
  readonly #connections: AsyncGenerator<Connection, void, undefined>
  /** Ends connecting and the waits: fires with the caller's signal, or when the loop is left. */
  readonly #stop = new AbortController()
  #isLeft = false

  constructor(connect: Connect, url: string | URL, options: ForeverOptions) {
    this.#connections = this.#begin(connect, url, options)
  }

  async next(): Promise<IteratorResult<Connection, void>> {
    try {
      return await this.#connections.next()
    } catch (error) {
      if (!this.#isLeft) throw error
      return { value: undefined, done: true }
    }
  }

  /** As that of a generator, but a call of `next` that waits for a connection is done at once. */
  return(): Promise<IteratorResult<Connection, void>> {
    this.#leave()
    return this.#connections.return()
  }

  /** As that of a generator, but a call of `next` that waits for a connection is done at once. */
  throw(error: unknown): Promise<IteratorResult<Connection, void>> {
    this.#leave()
    return this.#connections.throw(error)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  #leave(): void {
    this.#isLeft = true
    this.#stop.abort()
  }

  async *#begin(
    connect: Connect,
    url: string | URL,
    options: ForeverOptions,
  ): AsyncGenerator<Connection, void, undefined> {
    const { policy, rest } = split(options)
    const { signal } = this.#stop
    const given = toSignal(rest.signal)
    const stop = () => this.#stop.abort(given?.reason)
    if (given?.aborted) stop()
    const ignore = given === undefined ? () => {} : onAbort(given, stop)
    try {
      yield* this.#follow(() => connect(url, { ...rest, signal }), policy)
    } finally {
      ignore()
    }
  }

  async *#follow(
    connect: () => Promise<Connection>,
    policy: Policy,
  ): AsyncGenerator<Connection, void, undefined> {
    for (let failures = 0; ; ) {
      let error: unknown
      const note = (reason: unknown): undefined => {
        error = reason
      }
      const ws = await connect().catch(note)
      if (ws !== undefined) {
        if (!this.#isLeft && (yield* lend(ws, policy.stableAfter))) failures = -1
        await ws.close().catch(note)
      }
      failures += 1
      const delay = policy.delay(failures, error)
      const reason = { error, closeCode: ws?.closeCode, attempt: failures, delay }
      if (this.#isLeft || !(await this.#goesOn(reason, policy))) return
      await wait(delay, this.#stop.signal)
    }
  }

  /** Whether to connect again. Throws the error of a failure if not. */
  async #goesOn(reason: Reconnect, policy: Policy): Promise<boolean> {
    const { error } = reason
    const { signal } = this.#stop
    if (error !== undefined && (signal.aborted || isMistake(error))) throw error
    const goesOn = await unlessAborted(signal, policy.shouldReconnect(reason))
    if (!goesOn && error !== undefined) throw error
    return goesOn
  }
}

/** See {@link Forever}. */
export function forever(
  connect: Connect,
  url: string | URL,
  options: ForeverOptions = {},
): AsyncGenerator<Connection, void, undefined> {
  return new Forever(connect, url, options)
}
