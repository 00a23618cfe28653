// Timers that follow `vi.useFakeTimers`, for classes that otherwise use the timers that fake timers do not replace.

/** Timers and a clock that follow `vi.useFakeTimers`. */
export const faked = {
  setTimeout: (callback: () => void, delay: number) => setTimeout(callback, delay),
  clearTimeout: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
  now: () => performance.now(),
  isReplaced: () => false,
}
