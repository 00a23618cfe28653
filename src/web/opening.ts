/** Opens the connection of an object of the web API. */

import { CallbackConnection } from '../connection/callback.js'
import type { Consumer, Delivery } from '../connection/consumer.js'
import { openWith } from '../connection/open.js'
import { setImmediate } from '../node/timers.js'
import type { Settings } from '../options/settings.js'

/** What becomes of a connection that is being opened. Neither is called before `openConnection` has returned. */
export interface Outcome {
  succeed(connection: CallbackConnection): void
  fail(error: Error): void
}

/**
 * Starts to connect.
 *
 * @returns a function that cancels: no outcome follows it
 * @throws TypeError for a header that cannot be sent.
 */
export function openConnection(
  settings: Settings,
  consumer: Consumer,
  outcome: Outcome,
  delivery?: Delivery,
): () => void {
  /** A failure that native code reports at once. */
  let early: { error: unknown } | undefined
  let isStarting = true
  let isCancelled = false
  const cancel = openWith(
    settings,
    (opened, attempt) => new CallbackConnection(opened, settings, attempt, consumer, delivery),
    (connection) => outcome.succeed(connection),
    (error) => {
      if (isStarting) early = { error }
      else outcome.fail(error as Error)
    },
  )
  isStarting = false
  if (early === undefined) return cancel
  const { error } = early
  if (error instanceof TypeError) throw error
  setImmediate(() => {
    if (!isCancelled) outcome.fail(error as Error)
  })
  return () => {
    isCancelled = true
  }
}
