// The timers that unit tests give to what otherwise has its own, which no fake timers reach.

/** Timers and a clock that follow `vi.useFakeTimers`. */
export const faked = {
  setTimeout: (callback: () => void, delay: number) => setTimeout(callback, delay),
  clearTimeout: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
  now: () => performance.now(),
  isReplaced: () => false,
}
