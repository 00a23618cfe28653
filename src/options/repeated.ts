/**
 * The settings of the last connect, for the next one with equal arguments: many programs connect to one URL again and
 * again, and to check all options takes longer than to open a connection.
 */

import { environmentProxies } from './proxy.js'

/** What is remembered of settings. */
interface Repeatable {
  request: {
    readonly maxRedirects: number
    readonly proxy?: string | undefined
    readonly proxyVariables?: string[] | undefined
  }
  requestNumber: number
  isSecure: boolean
}

interface Last {
  readonly url: string
  readonly options: Copy
  readonly settings: Repeatable
  /** Whether variables of the environment may select a proxy. */
  readonly mayMeetProxy: boolean
}

let last: Last | undefined
let count = 0

/** A copy of a plain object, in the order of its names. */
type Copy = ReadonlyMap<string, unknown>

/** How deep arrays and objects lie in options: names, and lists of values, in headers. */
const MAX_DEPTH = 3

/** Stands for a value that is not copied. */
const NOT_PLAIN = Symbol('not plain')

const isPrimitive = (value: unknown) =>
  value === null || (typeof value !== 'object' && typeof value !== 'function')

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  if (Object.getPrototypeOf(value) !== Object.prototype || Symbol.iterator in value) return false
  // Options are also read of names that are not enumerable, which the comparison would miss.
  return Object.getOwnPropertyNames(value).length === Object.keys(value).length
}

function isPlainArray(value: unknown): value is unknown[] {
  if (!Array.isArray(value) || Object.getPrototypeOf(value) !== Array.prototype) return false
  return value[Symbol.iterator] === Array.prototype[Symbol.iterator]
}

/** Copies a value made of primitives, arrays and objects; `NOT_PLAIN` if there is something else in it. */
function copy(value: unknown, depth = 0): unknown {
  if (isPrimitive(value)) return value
  if (depth === MAX_DEPTH) return NOT_PLAIN
  if (isPlainArray(value)) {
    // Not `map`, which skips holes.
    const items = Array.from(value, (item) => copy(item, depth + 1))
    return items.includes(NOT_PLAIN) || items.includes(undefined) ? NOT_PLAIN : items
  }
  return isPlainObject(value) ? (copyObject(value, depth) ?? NOT_PLAIN) : NOT_PLAIN
}

function copyObject(value: Record<string, unknown>, depth = 0): Copy | undefined {
  const properties = Object.entries(Object.getOwnPropertyDescriptors(value))
  // A getter may return something else than it did for the settings.
  if (properties.some(([, { get, set }]) => get !== undefined || set !== undefined)) return undefined
  const entries = properties.map(([name, { value: each }]) => [name, copy(each, depth + 1)] as const)
  return entries.some(([, each]) => each === NOT_PLAIN) ? undefined : new Map(entries)
}

/** Whether a value is equal to one that was copied. */
function isEqual(known: unknown, given: unknown): boolean {
  if (isPrimitive(known)) return known === given
  if (known instanceof Map) return isEqualObject(known, given)
  return (
    Array.isArray(known) &&
    isPlainArray(given) &&
    given.length === known.length &&
    known.every((item, at) => isEqual(item, given[at]))
  )
}

/** Whether an object has the same names and values in the same order, which is that of headers. */
function isEqualObject(known: Copy, given: unknown): boolean {
  if (!isPlainObject(given)) return false
  const names = Object.keys(given)
  if (names.length !== known.size) return false
  let at = 0
  for (const [name, value] of known) if (names[at++] !== name || !isEqual(value, given[name])) return false
  return true
}

/**
 * Whether options have the same names and values as those of the last connect. Which of the names are enumerable does not
 * matter: options are read by name.
 */
function isSame(known: Copy, given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return false
  if (Object.getPrototypeOf(given) !== Object.prototype || Symbol.iterator in given) return false
  const names = Object.getOwnPropertyNames(given)
  if (names.length !== known.size) return false
  for (const name of names)
    if (!known.has(name) || !isEqual(known.get(name), (given as Record<string, unknown>)[name])) return false
  return true
}

/** Returns the settings of the last connect if that had the same URL and options. */
export function recall<S extends Repeatable>(url: unknown, options: unknown): S | undefined {
  if (last === undefined || last.url !== url || !isSame(last.options, options)) return undefined
  // Variables may have changed.
  if (last.mayMeetProxy && environmentProxies() !== undefined) return undefined
  return last.settings as S
}

/**
 * Remembers settings that depend on nothing but URL and options: without TLS, redirects, which may lead to TLS, and
 * proxies. Returns them.
 *
 * @param isDirect whether variables of the environment do not matter
 */
export function remember<S extends Repeatable>(
  url: unknown,
  options: object,
  settings: S,
  isDirect: boolean,
): S {
  const { isSecure, request } = settings
  const isPlain = !isSecure && request.maxRedirects === 0 && request.proxy === undefined
  const isRepeatable = typeof url === 'string' && isPlain && request.proxyVariables === undefined
  const plain = isRepeatable && isPlainObject(options) ? copyObject(options) : undefined
  if (plain === undefined) return settings
  settings.requestNumber = ++count
  Object.freeze(settings)
  Object.freeze(request)
  last = { url: url as string, options: plain, settings, mayMeetProxy: !isDirect }
  return settings
}
