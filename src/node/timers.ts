/**
 * Timers and a clock that tests cannot replace. The package keeps the functions that were there when it was loaded:
 * its own timers (keepalive, closing, turns) run in real time under fake timers too. Times that a caller waits for
 * follow the fake ones; see {@link isReplaced}.
 */

import * as timers from 'node:timers'
import { timersPromises } from './builtin.js'

/** Longest delay of `setTimeout`. */
export const MAX_DELAY = 2 ** 31 - 1

/** A function that may be a fake: `@sinonjs/fake-timers` (Jest, Vitest, sinon) leaves its clock on it, mocks leave `mock`. */
type Suspect<F> = F & { name: string; mock?: unknown; clock?: Record<string, Suspect<F> | undefined> }

/**
 * The real function behind a fake one, for a package that is loaded while fake timers are installed. `undefined` if
 * the fake does not lead to it, as those of `node:test`, which are bound functions.
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

/** A timer made of `scheduler.wait`, which `node:test` does not replace. */
class Waiting implements Timer {
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

const clearWaiting = (timer: Timer | undefined): void => (timer as Waiting | undefined)?.clear()

type Start = (callback: () => void, delay: number) => Timer
type Clear = (timer: Timer | undefined) => void

/** Node's own functions to start and to clear a timer, or ones that do the same. */
function pair(start: Start | undefined, clear: Clear | undefined, repeats: boolean): [Start, Clear] {
  if (start !== undefined && clear !== undefined) return [start, clear]
  return [(callback, delay) => new Waiting(callback, delay, repeats), clearWaiting]
}

export const [setTimeout, clearTimeout] = pair(
  genuine<Start>(timers.setTimeout, 'setTimeout'),
  genuine(timers.clearTimeout as Clear, 'clearTimeout'),
  false,
)
export const [setInterval, clearInterval] = pair(
  genuine<Start>(timers.setInterval, 'setInterval'),
  genuine(timers.clearInterval as Clear, 'clearInterval'),
  true,
)

/** What cannot be told whether it keeps the process alive. */
const UNTOLD: Timer = { ref() {}, unref() {} }

/** Runs a function in the next turn of the event loop. */
export const setImmediate: (callback: () => void) => Timer =
  genuine(timers.setImmediate as (callback: () => void) => Timer, 'setImmediate') ??
  ((callback) => {
    timersPromises().scheduler.yield().then(callback)
    return UNTOLD
  })

/** Runs a function at the end of the tick. */
export const nextTick: (callback: () => void) => void =
  genuine(process.nextTick, 'nextTick') ?? ((callback) => void Promise.resolve().then(callback))

const hrtime = genuine(process.hrtime, 'hrtime') ?? process.hrtime

/** Milliseconds on a monotonic clock. Not that of `performance`, which takes Node a millisecond to load. */
export function now(): number {
  const time = hrtime()
  return (time[0] as number) * 1e3 + (time[1] as number) / 1e6
}

/** What is global where no timers are replaced: in jsdom and Electron not what `node:timers` has. */
const usual = genuine(globalThis.setTimeout, 'setTimeout')

/**
 * Whether `setTimeout` is another function than when the package was loaded: fake timers. What a caller waits for then
 * follows it, by a timer for each wait, since a fake `setTimeout` may come without a clock that goes with it.
 */
export function isReplaced(): boolean {
  return globalThis.setTimeout !== usual
}

/**
 * Starts a timer of a caller's wait, by the `setTimeout` that is global now.
 *
 * @param delay in ms, of any length
 * @param holds whether it keeps the process alive
 * @returns what ends it
 */
export function startTimer(callback: () => void, delay: number, holds: boolean): () => void {
  const isOwn = !isReplaced()
  const start: (callback: () => void, delay: number) => unknown = isOwn ? setTimeout : globalThis.setTimeout
  const clear: (timer: never) => void = isOwn ? clearTimeout : globalThis.clearTimeout
  let timer: unknown
  const wait = (left: number) => {
    timer = start(() => (left > MAX_DELAY ? wait(left - MAX_DELAY) : callback()), Math.min(left, MAX_DELAY))
    // A browser's is a number.
    if (!holds) (timer as Partial<Timer>).unref?.()
  }
  wait(Math.ceil(delay))
  return () => clear(timer as never)
}

/**
 * Begins a span of time, by what waits go by.
 *
 * @returns what ends it and tells whether it was this long
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

/** Timers and the clock they go by. */
export interface Timers {
  setTimeout: Start
  clearTimeout: Clear
  now(): number
  isReplaced(): boolean
}

/** What everything uses but unit tests. */
export const own: Timers = { setTimeout, clearTimeout, now, isReplaced }
