/** Rejects pending calls with errors whose stack has the frames of the caller. */

/**
 * Returns a promise that is rejected with an error. A pending call resolves its own promise with it. The error is made
 * when the call ends, in a callback of a timer or of native code, whose stack has nothing of the caller. V8 finds the
 * async functions that await a promise if the stack is captured in a microtask that leads to it, so the stack is captured
 * there. A call that succeeds costs nothing more.
 *
 * @param beforeRejection runs when the stack is captured: a further reaction to the promise would hide the caller
 */
export async function withCallerStack(error: Error, beforeRejection?: () => void): Promise<never> {
  // The first microtask connects the promise of the call to this one, and the second can follow the connection.
  await undefined
  await undefined
  Error.captureStackTrace(error)
  beforeRejection?.()
  throw error
}
