/** Pings that were not answered in time. */

import { TimeoutError } from '../errors/classes.js'
import type { Wait } from '../options/wait.js'
import { within } from './waiters.js'

/**
 * The error of a ping that was not answered in time.
 *
 * @param unread the messages in the receive queue, if the pong may be behind what is not read
 */
export function unansweredError(wait: Wait, unread?: number): TimeoutError {
  const behind =
    unread === 0
      ? ': a message is not read to its end, the pong may be behind it'
      : `: the receive queue is full, the pong may be behind ${unread} unread messages`
  const why = unread === undefined ? '' : behind
  return new TimeoutError('ERR_WS_PING_TIMEOUT', 'open', `no pong came ${within(wait)}${why}`)
}
