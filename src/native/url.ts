/** Facts about URLs, which only native code parses. */

import { addon, URL_LOCAL, URL_SECURE } from './binding.js'

/** Facts about the connection of a URL. */
export interface UrlFacts {
  /** Whether TLS carries the connection. */
  readonly isSecure: boolean
  /** Whether the URL is of this machine, so that the environment's proxies are not used. */
  readonly isLocal: boolean
}

let last: (UrlFacts & { readonly url: string }) | undefined

/**
 * Reads a URL. All facts are false for one that `connect` will refuse. Remembers the last one, because many programs
 * connect to the same URL repeatedly.
 */
export function readUrl(url: string): UrlFacts {
  if (last?.url !== url) {
    const flags = addon.readUrl(url)
    last = { url, isSecure: (flags & URL_SECURE) !== 0, isLocal: (flags & URL_LOCAL) !== 0 }
  }
  return last
}

/** Whether one of the texts is the URL of an `https:` proxy. */
export function hasHttpsProxy(texts: string[]): boolean {
  return addon.hasHttpsProxy(texts)
}

/** Returns a URL without user name and password. */
export function withoutCredentials(url: string): string {
  return addon.urlWithoutCredentials(url)
}
