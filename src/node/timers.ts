/**
 * Timers and a clock that fake timers of tests do not replace. The package keeps the functions that it finds when it is
 * loaded: its own timers (keepalive, close, turns) run in real time. Timeouts of callers follow the fake timers; see
 * {@link isReplaced}.
 */

// Not `* as`: the helper for it would be a file of its own, which all entries load.
import {
  clearInterval as foundClearInterval,
  clearTimeout as foundClearTimeout,
  setImmediate as foundSetImmediate,
  setInterval as foundSetInterval,
  setTimeout as foundSetTimeout,
} from 'node:timers'
import { timersPromises } from './builtin.js'

/** Longest delay of `setTimeout`, in ms. */
export const MAX_DELAY = 2 ** 31 - 1

/** A function that may be a fake: `@sinonjs/fake-timers` (Jest, Vitest, sinon) sets `clock` on it, mocks set `mock`. */
type Suspect<F> = F & { name: string; mock?: unknown; clock?: Record<string, Suspect<F> | undefined> }

/**
 * Returns the real function behind a fake one, if the package is loaded while fake timers are installed. Returns
 * `undefined` if the fake does not refer to it, like those of `node:test`, which are bound functions.
 */
function genuine<F>(found: F, name: string): F | undefined {
  let suspect = found as Suspect<F> | undefined
  while (suspect?.clock !== undefined) suspect = suspect.clock[`_${name}`]
  const isFake = suspect === undefined || suspect.mock !== undefined || suspect.name.startsWith('bound ')
  return isFake ? undefined : suspect
}

/** A running timer of this module. */
export interface Timer {
  ref(): unknown
  unref(): unknown
}

/** A timer based on `scheduler.wait`, which `node:test` does not replace. */
class SchedulerTimer implements Timer {
  readonly #callback: () => void
  readonly #delay: number
  readonly #repeats: boolean
  #abort = new AbortController()

  constructor(callback: () => void, delay: number, repeats: boolean) {
    this.#callback = callback
    this.#delay = delay
    this.#repeats = repeats
    this.ref()
  }

  ref(): void {
    this.#wait(true)
  }

  unref(): void {
    this.#wait(false)
  }

  clear(): void {
    this.#abort.abort()
  }

  #wait(ref: boolean): void {
    this.#abort.abort()
    this.#abort = new AbortController()
    const { signal } = this.#abort
    const fire = () => {
      if (this.#repeats) this.#wait(ref)
      this.#callback()
    }
    timersPromises()
      .scheduler.wait(this.#delay, { ref, signal } as { signal: AbortSignal })
      .then(fire, () => {})
  }
}

const clearSchedulerTimer = (timer: Timer | undefined): void => (timer as SchedulerTimer | undefined)?.clear()

type Start = (callback: () => void, delay: number) => Timer
type Clear = (timer: Timer | undefined) => void

/** Returns Node's functions to start and to clear a timer, or replacements based on {@link SchedulerTimer}. */
function pair(start: Start | undefined, clear: Clear | undefined, repeats: boolean): [Start, Clear] {
  if (start !== undefined && clear !== undefined) return [start, clear]
  return [(callback, delay) => new SchedulerTimer(callback, delay, repeats), clearSchedulerTimer]
}

export const [setTimeout, clearTimeout] = pair(
  genuine<Start>(foundSetTimeout, 'setTimeout'),
  genuine(foundClearTimeout as Clear, 'clearTimeout'),
  false,
)
export const [setInterval, clearInterval] = pair(
  genuine<Start>(foundSetInterval, 'setInterval'),
  genuine(foundClearInterval as Clear, 'clearInterval'),
  true,
)

/** A timer whose `ref` and `unref` do nothing. */
const WITHOUT_REF: Timer = { ref() {}, unref() {} }

/** Runs a function in the next iteration of the event loop. */
export const setImmediate: (callback: () => void) => Timer =
  genuine(foundSetImmediate as (callback: () => void) => Timer, 'setImmediate') ??
  ((callback) => {
    timersPromises().scheduler.yield().then(callback)
    return WITHOUT_REF
  })

/** Runs a function at the end of the tick. */
export const nextTick: (callback: () => void) => void =
  genuine(process.nextTick, 'nextTick') ?? ((callback) => void Promise.resolve().then(callback))

/** Runs a task when no promise is left to settle, in the same iteration of the loop. */
export function afterPromises(task: () => void): void {
  void Promise.resolve().then(() => nextTick(task))
}

const hrtime = genuine(process.hrtime, 'hrtime') ?? process.hrtime

/** Returns the ms of a monotonic clock. Not those of `performance`, which takes Node 1 ms to load. */
export function now(): number {
  const time = hrtime()
  return (time[0] as number) * 1e3 + (time[1] as number) / 1e6
}

/** The global function without fake timers. In jsdom and Electron it is not that of `node:timers`. */
const usual = genuine(globalThis.setTimeout, 'setTimeout')

/**
 * Whether fake timers are installed: the global `setTimeout` is another function than when the package was loaded.
 * Timeouts of callers then follow it, with a timer for each wait, because a fake `setTimeout` may have no clock.
 */
export function isReplaced(): boolean {
  return globalThis.setTimeout !== usual
}

/**
 * Starts a timer for a caller's timeout, with the current global `setTimeout`.
 *
 * @param delay in ms, of any length
 * @param holds whether the timer keeps the process alive
 * @returns a function that stops the timer
 */
export function startTimer(callback: () => void, delay: number, holds: boolean): () => void {
  const isOwn = !isReplaced()
  const start: (callback: () => void, delay: number) => unknown = isOwn ? setTimeout : globalThis.setTimeout
  const clear: (timer: never) => void = isOwn ? clearTimeout : globalThis.clearTimeout
  let timer: unknown
  const wait = (left: number) => {
    timer = start(() => (left > MAX_DELAY ? wait(left - MAX_DELAY) : callback()), Math.min(left, MAX_DELAY))
    // The timer of a browser is a number.
    if (!holds) (timer as Partial<Timer>).unref?.()
  }
  wait(Math.ceil(delay))
  return () => clear(timer as never)
}

/**
 * Starts to measure a span of time, with the same clock as timeouts.
 *
 * @param length in ms
 * @returns a function that stops and returns whether the span lasted for `length`
 */
export function startSpan(length: number): () => boolean {
  if (!isReplaced()) {
    const start = now()
    return () => now() - start >= length
  }
  let hasPassed = length === 0
  const end = startTimer(() => (hasPassed = true), length, false)
  return () => {
    end()
    return hasPassed
  }
}

/** How many streams of Node carry connections. A timer of one has to wait until the loop has read what has arrived. */
export const carried = { streams: 0 }

/** A timer whose callback runs after the loop has read the sockets that were ready when its time was over. */
class LateTimer implements Timer {
  readonly #timer: Timer
  #isCleared = false

  constructor(callback: () => void, delay: number) {
    const run = () => {
      if (!this.#isCleared) callback()
    }
    this.#timer = setTimeout(() => void setImmediate(run), delay)
  }

  ref(): void {
    this.#timer.ref()
  }

  unref(): void {
    this.#timer.unref()
  }

  clear(): void {
    this.#isCleared = true
    clearTimeout(this.#timer)
  }
}

/** Starts a timer after which is judged what has arrived. */
export function setReadTimeout(callback: () => void, delay: number): Timer {
  return carried.streams === 0 ? setTimeout(callback, delay) : new LateTimer(callback, delay)
}

/** Stops a timer of {@link setReadTimeout}. */
export function clearReadTimeout(timer: Timer | undefined): void {
  if (timer instanceof LateTimer) timer.clear()
  else clearTimeout(timer)
}

/** Timers and their clock. */
export interface Timers {
  setTimeout: Start
  clearTimeout: Clear
  now(): number
  isReplaced(): boolean
}

/** The timers of this module. Unit tests use others. */
export const own: Timers = {
  setTimeout: setReadTimeout,
  clearTimeout: clearReadTimeout,
  now,
  isReplaced,
}
