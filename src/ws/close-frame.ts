/** Code and reason of a close frame, as programs give them. */

/** Most bytes of a close reason (RFC 6455 section 5.5). */
const MAX_REASON = 123

function isSendable(code: unknown): boolean {
  if (typeof code !== 'number' || !Number.isInteger(code)) return false
  return (
    (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999)
  )
}

/** Checks code and reason of a close frame, with the errors of `ws`. Returns them. */
export function toCloseFrame(code: unknown, reason: unknown): [code: number | undefined, reason: string] {
  if (code === undefined) return [undefined, '']
  if (!isSendable(code)) throw new TypeError('First argument must be a valid error code number')
  // What has no length is no reason.
  const given = reason === undefined || !(reason as string).length ? '' : (reason as string | Buffer)
  if (Buffer.byteLength(given) > MAX_REASON)
    throw new RangeError(`The message must not be greater than ${MAX_REASON} bytes`)
  return [code as number, Buffer.from(given as string).toString()]
}
