/** Errors for mistakes of the caller: `TypeError`s with a code, not `WebSocketError`s. */

import type { ErrorCode } from './codes.js'

/** Makes the error of a caller's mistake. */
export function invalid(code: ErrorCode, message: string): TypeError & { code: ErrorCode } {
  return Object.assign(new TypeError(message), { code })
}

/** Describes a value for an error message, without its content. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'object') return `an object of class ${classOf(value)}`
  return `a ${typeof value}`
}

function classOf(value: object): string {
  const name = value.constructor?.name ?? 'null'
  // A generator's constructor has no name.
  return name === '' ? Object.prototype.toString.call(value).slice(8, -1) : name
}
