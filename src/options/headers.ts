/** Header lines: those a caller gives, flattened, and those of a response, joined. Names and values are in turn. */

import { wrong } from './checks.js'

/** Request headers: an object, in which a value may be a list, or pairs of a name and a value. */
export type HeaderList =
  | Record<string, string | number | readonly string[]>
  | Iterable<readonly [string, string]>

const isCookie = (name: string) => name.length === 6 && name.toLowerCase() === 'cookie'

function toPairs(option: string, value: unknown): [name: string, content: unknown][] {
  if (typeof value !== 'object' || value === null) throw wrong(option, 'an object or a list of pairs', value)
  if (!(Symbol.iterator in value)) return Object.entries(value)
  return [...(value as Iterable<unknown>)].map((pair) => {
    if (Array.isArray(pair) && typeof pair[0] === 'string') return [pair[0], pair[1]]
    throw wrong(option, 'an object or a list of pairs of a name and a value', value)
  })
}

function toLines(option: string, [name, content]: [name: string, content: unknown]): [string, string][] {
  return (Array.isArray(content) ? content : [content]).map((item) => {
    if (typeof item === 'string' || typeof item === 'number') return [name, String(item)]
    throw wrong(`${option}.${name}`, 'a string', item)
  })
}

/**
 * Checks the option `headers`, or one like it. A list of values becomes a line for each, as Node's http sends it, but
 * cookies are one line however they are given (RFC 6265 section 5.4).
 */
export function toHeaders(option: string, value: unknown): string[] {
  if (value === undefined) return []
  const lines = toPairs(option, value).flatMap((pair) => toLines(option, pair))
  const cookies = lines.filter(([name]) => isCookie(name))
  const [first] = cookies
  if (first === undefined) return lines.flat()
  const joined: [string, string] = [first[0], cookies.map(([, cookie]) => cookie).join('; ')]
  return lines.flatMap((line) => (line === first ? joined : isCookie(line[0]) ? [] : line))
}

/**
 * The headers of a response, names in lower case, repeated ones joined as Node's http does with `joinDuplicateHeaders`:
 * only `set-cookie` is a list.
 */
export function fromHeaders(flat: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null)
  // What stands alone at the end is nothing.
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
  /** 101, which no other status stands for (RFC 6455 section 4.1). */
  readonly status: number
  /** Its headers, in the form that those of a HandshakeError have. */
  readonly headers: Record<string, string | string[]>
}

/** Makes it of what native code gives: names and values in turn, each ended by a line feed. */
export function toResponse(headers: string): UpgradeResponse {
  return { status: 101, headers: fromHeaders(headers.split('\n')) }
}
