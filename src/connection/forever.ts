/** Opens a connection again whenever it has ended: `connect.forever`. */

import { AbortError } from '../errors/classes.js'
import { clearTimeout, setTimeout, startSpan, startTimer } from '../node/timers.js'
import type { ConnectOptions } from '../options/connect.js'
import { type ForeverOptions, RETRY_OPTIONS, type Reconnect } from '../options/forever.js'
import { checkConnectObject } from '../options/settings.js'
import { toSignal } from '../options/wait.js'
import { onAbort } from './abort.js'
import type { Connection } from './async.js'
import { endToJudge, isMistake, RetryPolicy } from './retry.js'

/** Waits for a promise, or rejects if the signal is aborted. */
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

/** The URL of the next connection, or a function that returns it. `attempt` counts the failures in a row so far. */
export type URLSource = string | URL | ((attempt: number) => string | URL | Promise<string | URL>)
/** The options of the next connection, or a function that returns them. `attempt` counts the failures in a row so far. */
export type OptionsSource = ForeverOptions | ((attempt: number) => ForeverOptions | Promise<ForeverOptions>)

/** What one connect needs. */
interface Target {
  url: string | URL
  options: ConnectOptions
  policy: RetryPolicy
}

/** Splits the options into those of `connect.forever` and those of `connect`. */
function split(options: ForeverOptions): { policy: RetryPolicy; options: ConnectOptions } {
  checkConnectObject(options)
  const rest = Object.entries(options).filter(([name]) => !Object.hasOwn(RETRY_OPTIONS, name))
  return { policy: new RetryPolicy(options), options: Object.fromEntries(rest) }
}

/** Time that the peer has to answer the close frame of a loop that is left, in ms. */
const CLOSE_ANSWER = 1000

/** Closes the connection of a loop that is left. Does not wait for `closeTimeout` if nothing is unsent. */
async function leave(ws: Connection): Promise<void> {
  const closing = ws.close()
  const timer = setTimeout(() => {
    if (ws.bufferedAmount === 0) ws.terminate()
  }, CLOSE_ANSWER)
  await closing.finally(() => clearTimeout(timer))
}

/**
 * Yields a connection to the loop. Returns whether the connection lasted for `stableAfter` ms. Closes it if the loop is
 * left, and throws if messages were not sent. Closes it at once if the signal is aborted.
 */
async function* lend(
  ws: Connection,
  stableAfter: number,
  signal: AbortSignal,
): AsyncGenerator<Connection, boolean, undefined> {
  const hasLasted = startSpan(stableAfter)
  const ignore = onAbort(signal, () => leave(ws).catch(() => {}))
  let isLeft = true
  try {
    yield ws
    isLeft = false
    return hasLasted()
  } catch (error) {
    // Thrown by the caller into the generator: an error of `close` must not hide it.
    isLeft = false
    await leave(ws).catch(() => {})
    throw error
  } finally {
    ignore()
    hasLasted()
    if (isLeft) await leave(ws)
  }
}

/** Yields connections to one URL, each opened when the one before has ended. See `connect.forever`. */
class Forever implements AsyncGenerator<Connection, void, undefined> {
  readonly #connections: AsyncGenerator<Connection, void, undefined>
  /** Cancels connecting and delays: aborted with the caller's signal, or when the loop is left. */
  readonly #stop = new AbortController()
  #isLeft = false

  #ignore = () => {}
  #failures = 0

  constructor(connect: Connect, url: URLSource, options: OptionsSource) {
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

  /** Like `return` of a generator, but a pending call of `next` ends at once. */
  return(): Promise<IteratorResult<Connection, void>> {
    this.#leave()
    return this.#connections.return()
  }

  /** Like `throw` of a generator, but a pending call of `next` ends at once. */
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
    url: URLSource,
    options: OptionsSource,
  ): AsyncGenerator<Connection, void, undefined> {
    try {
      yield* this.#follow(connect, url, options)
    } finally {
      this.#ignore()
    }
  }

  async *#follow(
    connect: Connect,
    url: URLSource,
    options: OptionsSource,
  ): AsyncGenerator<Connection, void, undefined> {
    // The policy of the last options, in case the function for the next ones throws.
    let policy = typeof options === 'function' ? new RetryPolicy({}) : split(options).policy
    for (;;) {
      let ws: Connection | undefined
      let error: unknown
      try {
        const target = await this.#resolve(url, options)
        policy = target.policy
        ws = await connect(target.url, target.options)
      } catch (reason) {
        error = reason
      }
      if (ws !== undefined) {
        // Aborted too if the loop was left.
        const { signal } = this.#stop
        if (!signal.aborted && (yield* lend(ws, policy.stableAfter, signal))) this.#failures = -1
        await (signal.aborted ? leave(ws) : ws.close()).catch((reason) => {
          error = reason
        })
        error ??= endToJudge(await ws.closed)
      }
      this.#failures += 1
      if (!(await this.#waitToReconnect(policy, error, ws))) return
    }
  }

  /** Calls the functions for the URL and the options of the next connection, which follows the signal among them. */
  async #resolve(url: URLSource, options: OptionsSource): Promise<Target> {
    const { signal } = this.#stop
    const given =
      typeof options === 'function' ? await unlessAborted(signal, options(this.#failures)) : options
    const { policy, options: rest } = split(given)
    this.#watch(toSignal(rest.signal))
    const address = typeof url === 'function' ? await unlessAborted(signal, url(this.#failures)) : url
    return { url: address, policy, options: { ...rest, signal } }
  }

  /** Ends the loop when the signal of the caller is aborted. */
  #watch(given: AbortSignal | undefined): void {
    this.#ignore()
    const stop = () => this.#stop.abort(given?.reason)
    if (given?.aborted) stop()
    this.#ignore = given === undefined ? () => {} : onAbort(given, stop)
  }

  /** Asks whether to connect again and waits. Returns false, or throws the error, if not. */
  async #waitToReconnect(policy: RetryPolicy, error: unknown, ws: Connection | undefined): Promise<boolean> {
    const delay = policy.delay(this.#failures, error)
    const { closeCode, closeReason } = ws ?? {}
    const reason = { error, closeCode, closeReason, attempt: this.#failures, delay }
    if (this.#isLeft || !(await this.#shouldReconnect(reason, policy))) return false
    await wait(delay, this.#stop.signal)
    return true
  }

  /** Returns whether to connect again. If not, throws the error, if there is one. */
  async #shouldReconnect(reason: Reconnect, policy: RetryPolicy): Promise<boolean> {
    const { error } = reason
    const { signal } = this.#stop
    if (signal.aborted) throw new AbortError(signal.reason)
    if (isMistake(error)) throw error
    const again = await unlessAborted(signal, policy.shouldReconnect(reason))
    if (!again && error !== undefined) throw error
    return again
  }
}

/** See {@link Forever}. */
export function forever(
  connect: Connect,
  url: URLSource,
  options: OptionsSource = {},
): AsyncGenerator<Connection, void, undefined> {
  return new Forever(connect, url, options)
}
