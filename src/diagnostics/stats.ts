/** The counters of a connection. */

/** What native code counts. */
export interface Counters {
  /** Text and binary messages that were written to the socket or are queued for it. */
  messagesSent: number
  /** Complete text and binary messages received. */
  messagesReceived: number
  /** Bytes written to the socket, without the handshake. */
  bytesSent: number
  /** Bytes read from the socket, without the handshake. */
  bytesReceived: number
  /** Reads that returned bytes. */
  reads: number
  /** Writes that accepted bytes. */
  writes: number
  /** Replies that were found by a speculative read or by busy-polling. */
  busyPollHits: number
  /** Times that busy-polling found nothing. */
  busyPollMisses: number
}

/** Counters of a connection: their current values, or those at its end. */
export interface Stats extends Counters {
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
