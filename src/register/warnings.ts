/** The warnings of what is not replaced, and the log of what is. */

import { debuglog } from 'node:util'

const given = new Set<string>()

/** Emits a warning with the code `WEBSOCKET_RS_NOT_REPLACED`. Each text is emitted once. */
export function warn(message: string): void {
  if (given.has(message)) return
  given.add(message)
  process.emitWarning(`websocket-rs/register: ${message}`, { code: 'WEBSOCKET_RS_NOT_REPLACED' })
}

/** Writes what was replaced to stderr if `NODE_DEBUG` has `websocket-rs`. */
export const log = debuglog('websocket-rs')
