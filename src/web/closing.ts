/** The arguments of `close`, checked as the WHATWG standard says. */

const NORMAL = 1000
const LEAST_OWN = 3000
const MOST_OWN = 4999
/** Most bytes of a close reason (RFC 6455 section 5.5). */
const MAX_REASON = 123

/**
 * Checks a close code and a reason.
 *
 * @throws DOMException `InvalidAccessError` for a code that may not be sent, `SyntaxError` for a long reason.
 */
export function checkClose(code: number | undefined, reason: string): void {
  const isSendable = code === undefined || code === NORMAL || (code >= LEAST_OWN && code <= MOST_OWN)
  if (!isSendable) {
    const message = `the close code has to be ${NORMAL} or ${LEAST_OWN} to ${MOST_OWN}, not ${code}`
    throw new DOMException(message, 'InvalidAccessError')
  }
  if (Buffer.byteLength(reason) > MAX_REASON)
    throw new DOMException(`the close reason has more than ${MAX_REASON} bytes of UTF-8`, 'SyntaxError')
}

/** Returns the code that is sent: a reason needs one. */
export function codeFor(code: number | undefined, reason: string): number | undefined {
  return code ?? (reason === '' ? undefined : NORMAL)
}
