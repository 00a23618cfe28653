/** What `stats` reports of the traffic of a connection. */

import { NO_COUNTERS, type Stats } from '../diagnostics/stats.js'

/** The counters of a connection and the times of its last activity. */
export type Activity = Omit<
  Stats,
  'openedAt' | 'batches' | 'bufferedAmount' | 'queuedMessages' | 'queuedBytes'
>

/** How many numbers native code writes: the counters in the order of their interface, and the ms since the last activity. */
export const COUNTERS = 10

/** Returns a point in time; `undefined` if nothing has happened yet. */
function at(since: number): number | undefined {
  return Number.isNaN(since) ? undefined : Date.now() - since
}

/**
 * Makes an activity of what native code has written. Idle times become points in time. Without activity since `before` they
 * stay the same: the clocks are coarse.
 */
export function toActivity(numbers: Float64Array, before?: Activity): Activity {
  const messagesSent = numbers[0] as number
  const bytesReceived = numbers[3] as number
  return {
    messagesSent,
    messagesReceived: numbers[1] as number,
    bytesSent: numbers[2] as number,
    bytesReceived,
    reads: numbers[4] as number,
    writes: numbers[5] as number,
    busyPollHits: numbers[6] as number,
    busyPollMisses: numbers[7] as number,
    lastSentAt: before?.messagesSent === messagesSent ? before.lastSentAt : at(numbers[8] as number),
    lastReceivedAt:
      before?.bytesReceived === bytesReceived ? before.lastReceivedAt : at(numbers[9] as number),
  }
}

/** The activity of a connection of which nothing is known. */
export const NO_ACTIVITY: Activity = { ...NO_COUNTERS, lastReceivedAt: undefined, lastSentAt: undefined }
