/** What native code reads in URLs, so that JavaScript parses none. */

import { addon, URL_LOCAL, URL_SECURE } from './binding.js'

/** What a URL says about its connection. */
export interface UrlFacts {
  /** Whether TLS carries the connection. */
  readonly isSecure: boolean
  /** Whether the URL is of this machine, so that the environment's proxies are not used. */
  readonly isLocal: boolean
}

/** Reads a URL. All facts are false for one that `connect` will refuse. */
export function readUrl(url: string): UrlFacts {
  const flags = addon.readUrl(url)
  return { isSecure: (flags & URL_SECURE) !== 0, isLocal: (flags & URL_LOCAL) !== 0 }
}

/** Whether one of the texts is the URL of an `https:` proxy. */
export function hasHttpsProxy(texts: string[]): boolean {
  return addon.hasHttpsProxy(texts)
}

/** Returns a URL without user name and password. */
export function withoutCredentials(url: string): string {
  return addon.urlWithoutCredentials(url)
}
