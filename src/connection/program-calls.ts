/** Calls of the program's code, whose exceptions are uncaught. */

import { nextTick } from '../node/timers.js'

/** Called with `null` when the message is with the kernel, or with an error if it never will be. */
export type SentCallback = (error?: Error) => void

/** Reports an exception of the program as uncaught. It is thrown outside of native code's call, in which others follow. */
export function throwLater(error: unknown): void {
  nextTick(() => {
    throw error
  })
}

/** Runs code of the program. Returns whether it has not thrown. */
export function run(code: () => void): boolean {
  try {
    code()
    return true
  } catch (thrown) {
    throwLater(thrown)
    return false
  }
}

/** Calls a callback of the program, as streams of Node do: with `null` for no error. Returns whether it has not thrown. */
export function callBack(callback: SentCallback, error?: Error): boolean {
  return run(() => callback((error ?? null) as Error | undefined))
}
