/** Opens a connection again whenever it has ended: `connect.forever`. */

import { AbortError } from '../errors/classes.js'
import { startSpan, startTimer } from '../node/timers.js'
import type { ConnectOptions } from '../options/connect.js'
import { type ForeverOptions, RETRY_OPTIONS, type Reconnect } from '../options/forever.js'
import { checkObject } from '../options/records.js'
import { toSignal } from '../options/wait.js'
import { onAbort } from './abort.js'
import type { Connection } from './async.js'
import { isMistake, RetryPolicy } from './retry.js'

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

/** Splits the options into those of `connect.forever` and those of `connect`. */
function split(options: ForeverOptions): { policy: RetryPolicy; rest: ConnectOptions } {
  checkObject(options, 'options')
  const rest = Object.entries(options).filter(([name]) => !Object.hasOwn(RETRY_OPTIONS, name))
  return { policy: new RetryPolicy(options), rest: Object.fromEntries(rest) }
}

/**
 * Yields a connection to the loop. Returns whether the connection lasted for `stableAfter` ms. Closes it if the loop is
 * left, and throws if messages were not sent.
 */
async function* lend(ws: Connection, stableAfter: number): AsyncGenerator<Connection, boolean, undefined> {
  const hasLasted = startSpan(stableAfter)
  let isLeft = true
  try {
    yield ws
    isLeft = false
    return hasLasted()
  } catch (error) {
    // Thrown by the caller into the generator: an error of `close` must not hide it.
    isLeft = false
    await ws.close().catch(() => {})
    throw error
  } finally {
    hasLasted()
    if (isLeft) await ws.close()
  }
}

/** Yields connections to one URL, each opened when the one before has ended. See `connect.forever`. */
class Forever implements AsyncGenerator<Connection, void, undefined> {
  readonly #connections: AsyncGenerator<Connection, void, undefined>
  /** Cancels connecting and delays: aborted with the caller's signal, or when the loop is left. */
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
    policy: RetryPolicy,
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
      if (this.#isLeft || !(await this.#shouldReconnect(reason, policy))) return
      await wait(delay, this.#stop.signal)
    }
  }

  /** Returns whether to connect again. If not, throws the error of a failed connect. */
  async #shouldReconnect(reason: Reconnect, policy: RetryPolicy): Promise<boolean> {
    const { error } = reason
    const { signal } = this.#stop
    if (error !== undefined && (signal.aborted || isMistake(error))) throw error
    const again = await unlessAborted(signal, policy.shouldReconnect(reason))
    if (!again && error !== undefined) throw error
    return again
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
