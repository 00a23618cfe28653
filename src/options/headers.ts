/** Request headers: checks them and flattens them into names and values in turn. */

import { wrong } from './checks.js'

/** Request headers: an object whose values may be lists, or pairs of a name and a value. */
export type HeaderList =
  | Record<string, string | number | readonly string[] | undefined>
  | Iterable<readonly [string, string]>

const isCookie = (name: string) => name.length === 6 && name.toLowerCase() === 'cookie'

function toPairs(option: string, value: unknown): [name: string, content: unknown][] {
  if (typeof value !== 'object' || value === null) throw wrong(option, 'an object or a list of pairs', value)
  if (!(Symbol.iterator in value)) return Object.entries(value).filter(([, content]) => content !== undefined)
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
 * Checks the option `headers` or `proxyHeaders`. A list of values becomes one line for each, as Node's http sends it.
 * A value of `undefined` is left out. Cookies are always joined into one line (RFC 6265 section 5.4).
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
