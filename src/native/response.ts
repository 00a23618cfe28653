/** HTTP response headers, and the response that opened a connection. */

/** Response headers: names in lower case; repeated ones are joined with `, `, and only `set-cookie` is a list. */
export type ResponseHeaders = Record<string, string | string[]>

/** Parses header lines, names and values in turn, and joins repeated ones as Node's http does with `joinDuplicateHeaders`. */
export function fromHeaders(flat: readonly string[]): ResponseHeaders {
  const headers: ResponseHeaders = Object.create(null)
  // A name without a value at the end is ignored.
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const name = (flat[at] as string).toLowerCase()
    const value = flat[at + 1] as string
    const earlier = headers[name]
    if (Array.isArray(earlier)) earlier.push(value)
    else if (earlier !== undefined) headers[name] = `${earlier}, ${value}`
    else headers[name] = name === 'set-cookie' ? [value] : value
  }
  return headers
}

/** The response that opened a connection. */
export interface UpgradeResponse {
  /** The status: always 101 (RFC 6455 section 4.1). */
  readonly status: number
  /** The headers, in the same form as those of a HandshakeError. */
  readonly headers: Record<string, string | string[]>
}

/** Makes the response from its headers, names and values in turn. */
export function toResponse(headers: readonly string[]): UpgradeResponse {
  return { status: 101, headers: fromHeaders(headers) }
}
