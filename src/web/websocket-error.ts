/** The error of a WebSocketStream. */

import { checkClose, codeFor } from './closing.js'
import { defineInterface, toDictionary, toScalars, toWholeShort } from './idl.js'
import type { WebSocketCloseInfo } from './types.js'

/** A close code and a reason. */
export interface CloseArguments {
  readonly code: number | undefined
  readonly reason: string
}

/**
 * Converts how a connection closes.
 *
 * @throws TypeError for a code that is no number of 0 to 65 535; DOMException for one that may not be sent.
 */
export function toCloseArguments(info: unknown): CloseArguments {
  const { closeCode, reason } = toDictionary(info, 'closeInfo')
  const code = closeCode === undefined ? undefined : toWholeShort(closeCode, 'closeCode')
  const text = reason === undefined ? '' : toScalars(reason)
  checkClose(code, text)
  return { code: codeFor(code, text), reason: text }
}

/** Close arguments that are not checked: those that a peer has sent. */
const received = new WeakSet<object>()

/** An error with a close code and a reason. */
export class WebSocketError extends DOMException {
  readonly #closeCode: number | null
  readonly #reason: string

  constructor(message = '', init: WebSocketCloseInfo = {}) {
    super(message, 'WebSocketError')
    // DOMException of some Node versions makes an object without the prototype of the subclass.
    Object.setPrototypeOf(this, new.target.prototype)
    const { code, reason } = received.has(init)
      ? { code: init.closeCode, reason: init.reason ?? '' }
      : toCloseArguments(init)
    this.#closeCode = code ?? null
    this.#reason = reason
  }

  get closeCode(): number | null {
    return this.#closeCode
  }

  get reason(): string {
    return this.#reason
  }
}

/** Makes the error of a connection that did not close cleanly. */
export function uncleanError(cause: Error, closeCode: number, reason: string): WebSocketError {
  const init = { closeCode, reason }
  received.add(init)
  const error = new WebSocketError(cause.message, init)
  Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true })
  return error
}

defineInterface(WebSocketError, 'WebSocketError', ['closeCode', 'reason'])
