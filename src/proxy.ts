/** The option `proxy`: a URL, or the environment's. What a URL says and when it counts is native code's to judge. */

import { wrong } from './checks.js'
import type { ConnectRequest } from './native.js'

/** Variables with a say, in lower and in upper case. `REQUEST_METHOD` tells of CGI, where `HTTP_PROXY` may be forged. */
const NAMES = ['ws_proxy', 'wss_proxy', 'http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap(
  (name) => [name, name.toUpperCase()],
)
NAMES.push('REQUEST_METHOD')

/** What the environment says, names and values in turn. */
function variables(): string[] {
  return NAMES.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [name, value]
  })
}

/** Checks the option `proxy`. */
export function toProxy(value: unknown): Pick<ConnectRequest, 'proxy' | 'proxyVariables'> {
  if (value === false) return {}
  if (value === undefined || value === true) return { proxyVariables: variables() }
  if (typeof value === 'string' || value instanceof URL) return { proxy: String(value) }
  throw wrong('proxy', 'a URL or a boolean', value)
}
