/** What `sendMany` accepts. */

import { describe, invalid } from '../errors/invalid.js'
import type { Data } from '../native/payload.js'

/** Messages to send. A string is iterable too, by characters, and is refused. */
export type Messages = Iterable<Data> & object
/** Messages to send, which may come one by one. */
export type AsyncMessages = AsyncIterable<Data>

function has(value: unknown, method: symbol): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Record<symbol, unknown>)[method] === 'function'
  )
}

/** Whether messages are given by an async iterable. */
export function isAsync(messages: Messages | AsyncMessages): messages is AsyncMessages {
  return has(messages, Symbol.asyncIterator)
}

/**
 * Checks the argument of `sendMany`.
 *
 * @param accepts the method that the iterable may have
 * @throws TypeError `ERR_WS_INVALID_DATA`.
 */
export function checkMessages(messages: unknown, ...accepts: symbol[]): void {
  if (accepts.some((method) => has(messages, method))) return
  const wanted = accepts.includes(Symbol.asyncIterator) ? 'an iterable or async iterable' : 'an iterable'
  throw invalid(
    'ERR_WS_INVALID_DATA',
    `sendMany() takes ${wanted} of messages, not ${describe(messages)}${typeof messages === 'string' ? '; use send()' : ''}`,
  )
}
