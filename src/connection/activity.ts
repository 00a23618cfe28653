/** What `stats` reports of the traffic of a connection. */

import { NO_COUNTERS, type Stats } from '../diagnostics/stats.js'
import type { Counters } from '../native/binding.js'

/** The counters of a connection and the times of its last activity. */
export type Activity = Omit<
  Stats,
  'openedAt' | 'batches' | 'bufferedAmount' | 'queuedMessages' | 'queuedBytes'
>

/** Converts idle times to points in time. Without activity since `before` they stay the same: the clocks are coarse. */
export function toActivity({ sinceSent, sinceReceived, ...counters }: Counters, before?: Activity): Activity {
  const at = (since: number | undefined) => (since === undefined ? undefined : Date.now() - since)
  const { messagesSent, bytesReceived } = counters
  return {
    ...counters,
    lastSentAt: before?.messagesSent === messagesSent ? before.lastSentAt : at(sinceSent),
    lastReceivedAt: before?.bytesReceived === bytesReceived ? before.lastReceivedAt : at(sinceReceived),
  }
}

/** The activity of a connection of which nothing is known. */
export const NO_ACTIVITY: Activity = { ...NO_COUNTERS, lastReceivedAt: undefined, lastSentAt: undefined }
