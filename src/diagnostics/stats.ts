/** The counters of a connection. */

import type { Counters } from '../native/binding.js'

/** Counters of a connection: their current values, or those at its end. */
export interface Stats extends Omit<Counters, 'sinceSent' | 'sinceReceived'> {
  /** When the connection was opened, in ms since the epoch. */
  openedAt: number
  /** When bytes were last received, in ms since the epoch, to about 4 ms; `undefined` before the first. */
  lastReceivedAt: number | undefined
  /** When a message was last sent, in ms since the epoch, to about 4 ms; `undefined` before the first. */
  lastSentAt: number | undefined
  /** Deliveries of native code. Messages that arrive together are delivered together. */
  batches: number
  /** Bytes sent and not yet taken by the kernel. */
  bufferedAmount: number
  /** Messages in the receive queue. */
  queuedMessages: number
  /** Bytes in the receive queue, with 64 bytes for each message. */
  queuedBytes: number
}

/** The counters of a connection that has none. */
export const NO_COUNTERS: Counters = {
  messagesSent: 0,
  messagesReceived: 0,
  bytesSent: 0,
  bytesReceived: 0,
  reads: 0,
  writes: 0,
  busyPollHits: 0,
  busyPollMisses: 0,
}
