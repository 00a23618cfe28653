/** The option `proxy`: a URL, or the environment's. What a URL says and when it counts is native code's to judge. */

import type { ConnectRequest } from '../native/binding.js'
import { wrong } from './checks.js'

const inBothCases = (...names: string[]) => names.flatMap((name) => [name, name.toUpperCase()])

const PROXIES = inBothCases('ws_proxy', 'wss_proxy', 'http_proxy', 'https_proxy', 'all_proxy')
/** What matters where there is a proxy. `REQUEST_METHOD` tells of CGI, where `HTTP_PROXY` may be forged. */
const CONDITIONS = [...inBothCases('no_proxy'), 'REQUEST_METHOD']

/**
 * URLs of this machine, for which native code never takes the environment's proxy. Not all of them have to match, but
 * nothing else may: a backslash is a slash there, and ends the host.
 */
const LOOPBACK =
  /^(?:wss?|https?):\/\/(?:[^/?#\\\s]*@)?(?:localhost|127\.[\d.]+|\[::1\])(?::\d*)?(?:[/?#]|$)/i

/** Those of these variables that there are, names and values in turn. */
function variables(names: string[]): string[] {
  return names.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [name, value]
  })
}

/** What the environment says, where it may have a say: each look at a variable takes a microsecond. */
function environment(url: string, maxRedirects: number): string[] | undefined {
  if (maxRedirects === 0 && LOOPBACK.test(url)) return undefined
  // Names have no case there, so that what a request says to a CGI program is under the lower-case one, too.
  const isForgeable = process.platform === 'win32' && process.env.REQUEST_METHOD !== undefined
  const proxies = variables(isForgeable ? PROXIES.filter((name) => name !== 'http_proxy') : PROXIES)
  return proxies.length === 0 ? undefined : [...proxies, ...variables(CONDITIONS)]
}

/** Checks the option `proxy`. */
export function toProxy(
  value: unknown,
  url: string,
  maxRedirects: number,
): Pick<ConnectRequest, 'proxy' | 'proxyVariables'> {
  if (value === false) return {}
  if (value === undefined || value === true) return { proxyVariables: environment(url, maxRedirects) }
  if (typeof value === 'string' || value instanceof URL) return { proxy: String(value) }
  throw wrong('proxy', 'a URL or a boolean', value)
}
