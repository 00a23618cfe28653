/** Flushes: when the messages that native code holds leave. */

import { nextTick } from '../node/timers.js'
import { isDelivering, isExiting, isWalking, native } from './dispatch.js'

let isScheduled = false
/** Whether native code may hold messages for the end of the tick or of the batch. */
let mayHold = false
/** Queued messages taken since the last send. */
let taken = 0
/** Takes after a send that cause a flush. A program that replies to each message never reaches it. */
const MAX_TAKEN = 4

function flush(): void {
  isScheduled = false
  mayHold = false
  native.flush(isExiting())
}

/** Flushes unless a batch is being walked: a flush may deliver another batch, which would overwrite its rows. */
export function flushHeld(): void {
  if (mayHold && !isWalking()) flush()
}

/**
 * Counts a message taken from a receive queue. Flushes after a few: neither the tick nor the batch ends while the
 * program processes queued messages.
 */
export function noteTaken(): void {
  if (mayHold && ++taken >= MAX_TAKEN) flushHeld()
}

/**
 * Schedules a flush for the end of the tick. During a delivery it schedules nothing: native code flushes when the
 * handlers have returned.
 */
export function scheduleFlush(): void {
  taken = 0
  mayHold = true
  // No tick follows.
  if (isExiting()) flush()
  if (isScheduled || isDelivering()) return
  isScheduled = true
  nextTick(flush)
}
