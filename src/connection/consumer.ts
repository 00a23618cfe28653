/** What takes the events of a connection without promises, and how they are delivered. */

import type { Failure } from '../native/binding.js'
import type { Message } from '../native/payload.js'

/**
 * Takes the events of a connection, one at a time and in the order of their arrival. What it throws is reported as an
 * uncaught exception, and the events after it come when that has been reported.
 */
export interface Consumer {
  /** @param message a string, or bytes for binary and for a connection that takes texts as bytes */
  handleMessage(message: Message, isBinary: boolean): void
  handlePing(payload: Buffer): void
  handlePong(payload: Buffer): void
  /** The peer's close frame has arrived, and is answered unless it is an answer itself. No message follows. */
  handleCloseFrame(code: number, reason: string): void
  /** The peer has violated the protocol. `handleClose` follows in another iteration of the loop. */
  handleViolation(failure: Failure): void
  /** The connection has ended. Called once, last. @param failure why, unless the closing handshake was completed */
  handleClose(failure?: Failure): void
  /** All events that were held have been delivered. */
  handleCaughtUp?(): void
  /** Returns the error for the callbacks of messages that are not sent since the connection has ended. */
  toSendError?(error: Error): Error
}

/** How events are delivered. */
export interface Delivery {
  /** Whether pings are reported. */
  pings?: boolean
  /** Whether pings are answered. Default `true`; without effect unless they are reported. */
  answersPings?: boolean
  /** Whether each event has an iteration of the loop of its own. Default `false`. */
  oneByOne?: boolean
  /**
   * Whether the events that come with the upgrade response follow in the same iteration of the loop, after the promises
   * that wait for the opening. Default `false`.
   */
  startsAtOnce?: boolean
  /** Whether `pause` lets events pass that were read before it, in another iteration of the loop. Default `false`. */
  passesReadEvents?: boolean
  /** Whether `handleMessage` copies bytes before other code runs, so that their memory is filled again. Default `false`. */
  copiesBytes?: boolean
}
