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
  readonly options: ReadonlyMap<string, unknown>
  readonly settings: Repeatable
  /** Whether variables of the environment may select a proxy. */
  readonly mayMeetProxy: boolean
}

let last: Last | undefined
let count = 0

const isPrimitive = (value: unknown) =>
  value === null || (typeof value !== 'object' && typeof value !== 'function')

/** Returns the options by name if equal values mean equal settings: not if one is an object, whose content may change. */
function toPlain(options: object): Map<string, unknown> | undefined {
  if (Object.getPrototypeOf(options) !== Object.prototype) return undefined
  const entries = Object.entries(options)
  return entries.every(([, value]) => isPrimitive(value)) ? new Map(entries) : undefined
}

/** Whether options have the same names and values as those of the last connect. */
function isSame(options: unknown, known: ReadonlyMap<string, unknown>): boolean {
  if (typeof options !== 'object' || options === null) return false
  if (Object.getPrototypeOf(options) !== Object.prototype) return false
  const names = Object.keys(options)
  const given = options as Record<string, unknown>
  return (
    names.length === known.size && names.every((name) => known.has(name) && known.get(name) === given[name])
  )
}

/** Returns the settings of the last connect if that had the same URL and options. */
export function recall<S extends Repeatable>(url: unknown, options: unknown): S | undefined {
  if (last === undefined || last.url !== url || !isSame(options, last.options)) return undefined
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
  const plain =
    typeof url === 'string' && isPlain && request.proxyVariables === undefined ? toPlain(options) : undefined
  if (plain === undefined) return settings
  settings.requestNumber = ++count
  Object.freeze(settings)
  Object.freeze(request)
  last = { url: url as string, options: plain, settings, mayMeetProxy: !isDirect }
  return settings
}
