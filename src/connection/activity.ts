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
  const number = (place: number) => numbers[place] as number
  const [sent, bytesReceived] = [number(0), number(3)]
  return {
    messagesSent: sent,
    messagesReceived: number(1),
    bytesSent: number(2),
    bytesReceived,
    reads: number(4),
    writes: number(5),
    busyPollHits: number(6),
    busyPollMisses: number(7),
    lastSentAt: before?.messagesSent === sent ? before.lastSentAt : at(number(8)),
    lastReceivedAt: before?.bytesReceived === bytesReceived ? before.lastReceivedAt : at(number(9)),
  }
}

/** The activity of a connection of which nothing is known. */
export const NO_ACTIVITY: Activity = { ...NO_COUNTERS, lastReceivedAt: undefined, lastSentAt: undefined }
