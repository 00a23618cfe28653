/** The option `proxy`: a URL, or the environment's variables. Native code reads both and decides which proxy is used. */

import { wrong } from './checks.js'

const inBothCases = (...names: string[]) => names.flatMap((name) => [name, name.toUpperCase()])

const PROXIES = inBothCases('ws_proxy', 'wss_proxy', 'http_proxy', 'https_proxy', 'all_proxy')
/** Variables that matter only if there is a proxy. `REQUEST_METHOD` marks CGI, where `HTTP_PROXY` may be forged. */
const CONDITIONS = [...inBothCases('no_proxy'), 'REQUEST_METHOD']

/** Returns those of the variables that are set, names and values in turn. */
function variables(names: string[]): string[] {
  return names.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [name, value]
  })
}

/** Returns the environment's variables about proxies; `undefined` if none names a proxy. Each variable takes 1 µs to read. */
export function environmentProxies(): string[] | undefined {
  // Names are case-insensitive on Windows, so a CGI request can forge the lower-case name there, too.
  const isForgeable = process.platform === 'win32' && process.env.REQUEST_METHOD !== undefined
  const proxies = variables(isForgeable ? PROXIES.filter((name) => name !== 'http_proxy') : PROXIES)
  return proxies.length === 0 ? undefined : [...proxies, ...variables(CONDITIONS)]
}

/** Checks the option `proxy`. Returns its URL, or whether to use the environment's variables. */
export function toProxy(name: string, value: unknown = true): string | boolean {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string' || value instanceof URL) return String(value)
  throw wrong(name, 'a URL or a boolean', value)
}
