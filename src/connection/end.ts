/** How a connection ended: the value of `closed`, the URL of its errors, and rejections that only report the end. */

import { WebSocketError } from '../errors/classes.js'
import type { Failure } from '../native/binding.js'
import { withoutCredentials } from '../native/url.js'
import { withCallerStack } from './caller-stack.js'
import { ABNORMAL } from './close.js'

/** The end of a connection. */
export interface Closed {
  /** The peer's close code, 1005 if its close frame had none, 1006 if there was no close frame. */
  code: number
  /** The peer's close reason. */
  reason: string
  /** Whether the closing handshake was completed (RFC 6455 section 7.1.4). */
  wasClean: boolean
  /** Why it ended: the error that iteration throws. Absent if iteration ends without one. */
  error?: Error
}

/** Whether a failure is a violation of the peer, as opposed to the loss of the connection. */
export function isViolation(failure: Failure | undefined): failure is Failure {
  return failure !== undefined && failure.closeCode !== undefined && failure.closeCode !== ABNORMAL
}

/** Adds the URL of the connection to an error, without user name and password. */
export function withURL<E extends Error>(error: E, url: string): E {
  if (error instanceof WebSocketError) error.url = withoutCredentials(url)
  return error
}

/** Errors that report the end of a connection, as opposed to those of one call. */
const ends = new WeakSet<Error>()

const ignore = () => {}

/** Marks an error as one that reports the end of a connection. */
export function asEnd<T extends Error>(error: T): T {
  ends.add(error)
  return error
}

/**
 * Keeps a promise that was rejected because the connection has ended from being an unhandled rejection: the program
 * learns of the end by `closed` and by receiving. A caller that awaits the promise still gets the error.
 */
function quiet(promise: Promise<unknown>, error: unknown): void {
  if (ends.has(error as Error)) promise.catch(ignore)
}

/** A rejected promise; see {@link asEnd}. */
export function rejected(error: unknown): Promise<never> {
  const promise = Promise.reject(error)
  quiet(promise, error)
  return promise
}

/**
 * A promise like `new Promise`, for a pending call. Its rejection has the frames of the caller, and is no unhandled
 * rejection if it only reports the end of the connection.
 */
export function settle<T>(
  start: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  const promise: Promise<T> = new Promise((resolve) => {
    start(resolve, (error) => resolve(withCallerStack(error, () => quiet(promise, error))))
  })
  return promise
}

/** Runs an async function. Its rejection is no unhandled rejection if it only reports the end of the connection. */
export function run<T>(task: () => Promise<T>): Promise<T> {
  const guarded = async () => {
    try {
      return await task()
    } catch (error) {
      quiet(promise, error)
      throw error
    }
  }
  const promise: Promise<T> = guarded()
  return promise
}
