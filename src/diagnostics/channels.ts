/** The channels of `node:diagnostics_channel`, and the debug log of `NODE_DEBUG=websocket-rs`. */

import { type Channel, channel } from 'node:diagnostics_channel'
import { debuglog } from 'node:util'

/** The channels of single events. */
export const events = {
  connect: channel('websocket-rs:connect'),
  open: channel('websocket-rs:open'),
  error: channel('websocket-rs:error'),
  close: channel('websocket-rs:close'),
}

/** The channels of `tracingChannel('websocket-rs.connect')`. */
export const tracing = {
  start: channel('tracing:websocket-rs.connect:start'),
  end: channel('tracing:websocket-rs.connect:end'),
  asyncStart: channel('tracing:websocket-rs.connect:asyncStart'),
  asyncEnd: channel('tracing:websocket-rs.connect:asyncEnd'),
  error: channel('tracing:websocket-rs.connect:error'),
}

export const log = debuglog('websocket-rs')

function isTraced(): boolean {
  const { start, end, asyncStart, asyncEnd, error } = tracing
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  )
}

/** Whether a channel has a subscriber or the log is on. Not a loop over the channels: each connect asks more than once. */
export function isObserved(): boolean {
  const { connect, open, error, close } = events
  return (
    log.enabled ||
    connect.hasSubscribers ||
    open.hasSubscribers ||
    error.hasSubscribers ||
    close.hasSubscribers ||
    isTraced()
  )
}

/** Whether the end of a connection is published or logged. */
export function isCloseObserved(): boolean {
  return events.close.hasSubscribers || log.enabled
}

/** Publishes a message and runs a function with the stores that are bound to the channel. */
export function runStores<T>(each: Channel, message: object, run: () => T): T {
  return each.hasSubscribers ? each.runStores(message, run) : run()
}
