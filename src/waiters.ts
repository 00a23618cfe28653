/** Calls that wait for the connection, in the order they were made, each with its own deadline. */

import { MAX_DELAY } from './timers.js'

/** A call that waits. */
export interface Waiter<T> {
  resolve(value: T): void
  reject(error: Error): void
  /** On `performance.now()`'s clock; `Infinity` for never. */
  readonly deadline: number
  /** Takes the abort listener off. */
  readonly release?: () => void
}

/** What a waiter waits under. */
export interface Wait {
  /** In ms; `Infinity` for no limit. */
  timeout: number
  signal?: AbortSignal | undefined
}

/**
 * A queue of waiters. One timer serves all of them and is left running when a waiter is served in
 * time, so that waiting for a message that comes soon costs no timer of its own.
 */
export class Waiters<T> {
  readonly #expired: () => Error
  #queue: Waiter<T>[] = []
  #timer: NodeJS.Timeout | undefined
  #timerAt = Number.POSITIVE_INFINITY

  /** @param expired makes the error of a waiter whose deadline passed */
  constructor(expired: () => Error) {
    this.#expired = expired
  }

  get length(): number {
    return this.#queue.length
  }

  /** Adds a call; `aborted` makes the error where its signal fires. */
  add(
    resolve: (value: T) => void,
    reject: (error: Error) => void,
    wait: Wait,
    aborted: (reason: unknown) => Error,
  ): void {
    const { timeout, signal } = wait
    if (signal === undefined) {
      this.#enqueue({ resolve, reject, deadline: deadlineIn(timeout) })
      return
    }
    const abort = () => this.#settle(waiter)?.reject(aborted(signal.reason))
    const release = () => signal.removeEventListener('abort', abort)
    const waiter: Waiter<T> = { resolve, reject, deadline: deadlineIn(timeout), release }
    signal.addEventListener('abort', abort, { once: true })
    this.#enqueue(waiter)
  }

  /** Takes the first waiter, whom the caller then serves. */
  shift(): Waiter<T> | undefined {
    // Most messages meet nobody, and to take from an empty array is a call.
    if (this.#queue.length === 0) return undefined
    const waiter = this.#queue.shift()
    waiter?.release?.()
    return waiter
  }

  /** Rejects everybody. */
  rejectAll(error: () => Error): void {
    for (let waiter = this.shift(); waiter !== undefined; waiter = this.shift()) waiter.reject(error())
    this.#stop()
  }

  #enqueue(waiter: Waiter<T>): void {
    this.#queue.push(waiter)
    if (waiter.deadline < this.#timerAt) this.#start(waiter.deadline)
  }

  #settle(waiter: Waiter<T>): Waiter<T> | undefined {
    const at = this.#queue.indexOf(waiter)
    if (at < 0) return undefined
    this.#queue.splice(at, 1)
    waiter.release?.()
    return waiter
  }

  #start(deadline: number): void {
    clearTimeout(this.#timer)
    this.#timerAt = deadline
    const delay = Math.min(Math.max(deadline - performance.now(), 0), MAX_DELAY)
    // The connection keeps the process alive; waiting for it alone does not.
    this.#timer = setTimeout(this.#expire, Math.ceil(delay)).unref()
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
  }

  readonly #expire = (): void => {
    this.#stop()
    const now = performance.now()
    const expired = this.#queue.filter((one) => one.deadline <= now)
    this.#queue = this.#queue.filter((one) => one.deadline > now)
    const next = this.#queue.reduce((least, one) => Math.min(least, one.deadline), Number.POSITIVE_INFINITY)
    if (next < Number.POSITIVE_INFINITY) this.#start(next)
    for (const waiter of expired) {
      waiter.release?.()
      waiter.reject(this.#expired())
    }
  }
}

function deadlineIn(timeout: number): number {
  return timeout === Number.POSITIVE_INFINITY ? timeout : performance.now() + timeout
}
