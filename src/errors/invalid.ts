/** Mistakes of the caller, which are no `WebSocketError`s. */

import type { ErrorCode } from './classes.js'

/** A mistake of the caller: a TypeError with a code. */
export function invalid(code: ErrorCode, message: string): TypeError & { code: ErrorCode } {
  return Object.assign(new TypeError(message), { code })
}
