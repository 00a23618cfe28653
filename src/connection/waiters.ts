/** Waiters: the pending calls of a connection, in order, each with its own deadline. */

import { MAX_DELAY, own, startTimer, type Timer, type Timers } from '../node/timers.js'
import type { Wait } from '../options/wait.js'
import { onAbort } from './abort.js'
import { DeadlineHeap, type Entry } from './deadline-heap.js'

/** A pending call: an element of a linked list, from which any element can be removed in constant time. */
export interface Waiter<T> {
  resolve(value: T): void
  reject(error: Error): void
  /** In ms on the clock of the timers; `Infinity` for no deadline, or if the waiter has its own timer. */
  readonly deadline: number
  readonly order: number
  readonly wait: Wait
  /** The object that the call belongs to. See {@link Waiters.removeOf}. */
  readonly owner: object | undefined
  /** Removes the abort listener and the waiter's own timer. */
  release: (() => void) | undefined
  isQueued: boolean
  before: Waiter<T> | undefined
  after: Waiter<T> | undefined
  /** Its deadline in the heap, from the first time the timer has fired. */
  entry: Entry<Waiter<T>> | undefined
}

/** Returns the end of an error message: how long a call has waited, and the option that says so. */
export function within({ timeout, option = 'timeout' }: Wait): string {
  return `within ${timeout} ms (${option})`
}

/** Deadlines of settled calls that are kept, beside two for each pending call. */
const MAX_SETTLED = 64

/**
 * A queue of waiters. They share one timer, which keeps running when a waiter is settled in time, so that waiting for a
 * message that comes soon costs no timer. Under fake timers each waiter has its own: see {@link startTimer}.
 */
export class Waiters<T> {
  readonly #expired: (wait: Wait) => Error
  readonly #timers: Timers
  readonly #readFirst: (() => void) | undefined
  #first: Waiter<T> | undefined
  #last: Waiter<T> | undefined
  #length = 0
  #added = 0
  /** Deadlines of the calls that were pending when the timer fired. */
  #deadlines: DeadlineHeap<Waiter<T>> | undefined
  #timer: Timer | undefined
  #timerAt = Number.POSITIVE_INFINITY

  /**
   * @param expired makes the error of a waiter whose deadline has passed
   * @param readFirst reads what has arrived. Timers fire before sockets are read, so after a blocked loop a message may
   * have arrived in time and not been read
   */
  constructor(expired: (wait: Wait) => Error, timers: Timers = own, readFirst?: () => void) {
    this.#expired = expired
    this.#timers = timers
    this.#readFirst = readFirst
  }

  get length(): number {
    return this.#length
  }

  /** The object that the first call belongs to. */
  get firstOwner(): object | undefined {
    return this.#first?.owner
  }

  /**
   * Adds a call.
   *
   * @param aborted makes the error if the signal is aborted
   * @param owner see {@link Waiters.removeOf}
   */
  add(
    resolve: (value: T) => void,
    reject: (error: Error) => void,
    wait: Wait,
    aborted: (reason: unknown) => Error,
    owner?: object,
  ): Waiter<T> {
    const { timeout, signal } = wait
    const hasOwnTimer = timeout !== Number.POSITIVE_INFINITY && this.#timers.isReplaced()
    const deadline = hasOwnTimer ? Number.POSITIVE_INFINITY : this.#deadlineIn(timeout)
    const waiter: Waiter<T> = {
      resolve,
      reject,
      deadline,
      order: this.#added++,
      wait,
      owner,
      release: undefined,
      isQueued: true,
      before: this.#last,
      after: undefined,
      entry: undefined,
    }
    if (this.#last === undefined) this.#first = waiter
    else this.#last.after = waiter
    this.#last = waiter
    this.#length += 1
    if (hasOwnTimer) waiter.release = startTimer(() => this.#expireOne(waiter), timeout, false)
    if (signal !== undefined) this.#watch(waiter, signal, aborted)
    if (deadline < this.#timerAt) this.#start(deadline)
    return waiter
  }

  /** Removes the first waiter, which the caller then settles. */
  shift(): Waiter<T> | undefined {
    const waiter = this.#first
    if (waiter !== undefined) this.#unlink(waiter)
    return waiter
  }

  /** Removes all waiters of an owner. Takes time in proportion to the length of the queue. */
  removeOf(owner: object): Waiter<T>[] {
    const removed: Waiter<T>[] = []
    for (let waiter = this.#first; waiter !== undefined; waiter = waiter.after)
      if (waiter.owner === owner) removed.push(waiter)
    for (const waiter of removed) this.#unlink(waiter)
    return removed
  }

  /** Rejects all waiters. */
  rejectAll(error: () => Error): void {
    for (let waiter = this.shift(); waiter !== undefined; waiter = this.shift()) waiter.reject(error())
    this.#stop()
  }

  #watch(waiter: Waiter<T>, signal: AbortSignal, aborted: (reason: unknown) => Error): void {
    const { release } = waiter
    const ignore = onAbort(signal, () => {
      this.#unlink(waiter)
      waiter.reject(aborted(signal.reason))
    })
    waiter.release = () => {
      release?.()
      ignore()
    }
  }

  #unlink(waiter: Waiter<T>): void {
    const { before, after, entry } = waiter
    if (before === undefined) this.#first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    this.#length -= 1
    waiter.isQueued = false
    waiter.before = undefined
    waiter.after = undefined
    // The entry stays in the heap until its deadline passes, without the call.
    if (entry !== undefined) entry.waiter = undefined
    waiter.release?.()
  }

  #deadlineIn(timeout: number): number {
    return timeout === Number.POSITIVE_INFINITY ? timeout : this.#timers.now() + timeout
  }

  #start(deadline: number): void {
    this.#timers.clearTimeout(this.#timer)
    this.#timerAt = deadline
    const delay = Math.min(Math.max(deadline - this.#timers.now(), 0), MAX_DELAY)
    this.#timer = this.#timers.setTimeout(() => this.#expire(), Math.ceil(delay))
    // The connection keeps the process alive, not the timer.
    this.#timer.unref()
  }

  #stop(): void {
    this.#timers.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
  }

  #expire(): void {
    this.#stop()
    this.#readFirst?.()
    const deadlines = this.#addDeadlines()
    const now = this.#timers.now()
    const expired: Waiter<T>[] = []
    let next = deadlines.next()
    for (; next !== undefined && next.deadline <= now; next = deadlines.next()) {
      const waiter = next.waiter as Waiter<T>
      this.#unlink(waiter)
      expired.push(waiter)
    }
    if (next !== undefined) this.#start(next.deadline)
    for (const waiter of expired) waiter.reject(this.#expired(waiter.wait))
  }

  /** Adds the deadlines of calls made since the timer last fired: those after the last waiter that has an entry. */
  #addDeadlines(): DeadlineHeap<Waiter<T>> {
    this.#deadlines ??= new DeadlineHeap()
    if (this.#deadlines.length > 2 * this.#length + MAX_SETTLED) this.#deadlines.sweep()
    const added: Entry<Waiter<T>>[] = []
    for (
      let waiter = this.#last;
      waiter !== undefined && waiter.entry === undefined;
      waiter = waiter.before
    ) {
      const { deadline, order } = waiter
      waiter.entry = { deadline, order, waiter }
      if (deadline !== Number.POSITIVE_INFINITY) added.push(waiter.entry)
    }
    // Oldest first, which is mostly the order of the deadlines.
    for (const entry of added.reverse()) this.#deadlines.add(entry)
    return this.#deadlines
  }

  #expireOne(waiter: Waiter<T>): void {
    this.#readFirst?.()
    if (!waiter.isQueued) return
    this.#unlink(waiter)
    waiter.reject(this.#expired(waiter.wait))
  }
}
