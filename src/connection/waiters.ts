/** Calls that wait for the connection, in the order they were made, each with its own deadline. */

import { MAX_DELAY, own, startTimer, type Timer, type Timers } from '../node/timers.js'
import { onAbort } from './abort.js'
import { Deadlines, type Entry } from './deadline-heap.js'

/** A call that waits: an element of a linked list, so that any one of very many can leave it. */
export interface Waiter<T> {
  resolve(value: T): void
  reject(error: Error): void
  /** On the clock of the timers; `Infinity` for never, and for a timer of its own. */
  readonly deadline: number
  readonly order: number
  /** Whom the call is made for, where all calls of one may be taken back. */
  readonly owner: object | undefined
  /** Takes the abort listener off and ends a timer of its own. */
  release: (() => void) | undefined
  isQueued: boolean
  before: Waiter<T> | undefined
  after: Waiter<T> | undefined
  /** Once the timer has fired while the call was waiting. */
  entry: Entry<Waiter<T>> | undefined
}

/** What a waiter waits under. */
export interface Wait {
  /** In ms; `Infinity` for no limit. */
  timeout: number
  signal?: AbortSignal | undefined
}

/** So many deadlines of calls that are over may stay, and as many again as calls wait. */
const FEW = 64

/**
 * A queue of waiters. One timer serves all of them and is left running when a waiter is served in
 * time, so that waiting for a message that comes soon costs no timer of its own. Only under fake timers each has one:
 * see {@link startTimer}.
 */
export class Waiters<T> {
  readonly #expired: () => Error
  readonly #timers: Timers
  readonly #look: (() => void) | undefined
  #first: Waiter<T> | undefined
  #last: Waiter<T> | undefined
  #length = 0
  #added = 0
  /** Of the calls that waited when the timer fired. */
  #deadlines: Deadlines<Waiter<T>> | undefined
  #timer: Timer | undefined
  #timerAt = Number.POSITIVE_INFINITY

  /**
   * @param expired makes the error of a waiter whose deadline passed
   * @param look reads what has arrived. Timers fire before sockets are read, so that a loop which was busy would judge
   * deadlines by what it has not seen yet
   */
  constructor(expired: () => Error, timers: Timers = own, look?: () => void) {
    this.#expired = expired
    this.#timers = timers
    this.#look = look
  }

  get length(): number {
    return this.#length
  }

  /**
   * Adds a call.
   *
   * @param aborted makes the error if its signal fires
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
    const isFollowing = timeout !== Number.POSITIVE_INFINITY && this.#timers.isReplaced()
    const deadline = isFollowing ? Number.POSITIVE_INFINITY : this.#deadlineIn(timeout)
    const waiter: Waiter<T> = {
      resolve,
      reject,
      deadline,
      order: this.#added++,
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
    if (isFollowing) waiter.release = startTimer(() => this.#expireOne(waiter), timeout, false)
    if (signal !== undefined) this.#watch(waiter, signal, aborted)
    if (deadline < this.#timerAt) this.#start(deadline)
    return waiter
  }

  /** Takes the first waiter, whom the caller then serves. */
  shift(): Waiter<T> | undefined {
    const waiter = this.#first
    if (waiter !== undefined) this.#unlink(waiter)
    return waiter
  }

  /** Takes all calls of one owner. Takes time in proportion to the length of the queue. */
  removeOf(owner: object): Waiter<T>[] {
    const removed: Waiter<T>[] = []
    for (let waiter = this.#first; waiter !== undefined; waiter = waiter.after)
      if (waiter.owner === owner) removed.push(waiter)
    for (const waiter of removed) this.#unlink(waiter)
    return removed
  }

  /** Rejects everybody. */
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
    // A deadline is kept until it passes, the call and its message are not.
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
    this.#timer = this.#timers.setTimeout(this.#expire, Math.ceil(delay))
    // The connection keeps the process alive; waiting for it alone does not.
    this.#timer.unref()
  }

  #stop(): void {
    this.#timers.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
  }

  readonly #expire = (): void => {
    this.#stop()
    this.#look?.()
    const deadlines = this.#sort()
    const now = this.#timers.now()
    const expired: Waiter<T>[] = []
    let next = deadlines.next()
    for (; next !== undefined && next.deadline <= now; next = deadlines.next()) {
      const waiter = next.waiter as Waiter<T>
      this.#unlink(waiter)
      expired.push(waiter)
    }
    if (next !== undefined) this.#start(next.deadline)
    for (const waiter of expired) waiter.reject(this.#expired())
  }

  /** Notes the deadlines of calls that came since the timer fired last: those behind the last one that has an entry. */
  #sort(): Deadlines<Waiter<T>> {
    this.#deadlines ??= new Deadlines()
    if (this.#deadlines.length > 2 * this.#length + FEW) this.#deadlines.sweep()
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
    // Oldest first, which is mostly the order of the deadlines as well.
    for (const entry of added.reverse()) this.#deadlines.add(entry)
    return this.#deadlines
  }

  #expireOne(waiter: Waiter<T>): void {
    this.#look?.()
    if (!waiter.isQueued) return
    this.#unlink(waiter)
    waiter.reject(this.#expired())
  }
}
