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

const all = [...Object.values(events), ...Object.values(tracing)]

export const log = debuglog('websocket-rs')

/** Whether a channel has a subscriber or the log is on. */
export function isObserved(): boolean {
  return log.enabled || all.some((each) => each.hasSubscribers)
}

/** Publishes a message and runs a function with the stores that are bound to the channel. */
export function runStores<T>(each: Channel, message: object, run: () => T): T {
  return each.hasSubscribers ? each.runStores(message, run) : run()
}
