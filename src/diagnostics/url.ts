/** Removes credentials from URLs, for logs and events. */

/**
 * Splits a URL before and after the zone of its IPv6 address, which WHATWG URLs cannot hold. A match before the last
 * `@` of the authority would be part of the credentials.
 */
const ZONE = /^([^/?#\\]*:[/\\]+(?:[^/?#\\]*@)?\[[^\]@/?#\\]*)(%25[^\]@/?#\\]*)(\][^@/?#\\]*(?:[/?#\\].*)?)$/s

/** Returns the URL without user name and password. If it cannot be parsed, removes everything that may be one. */
export function withoutCredentials(url: string): string {
  const [, before = url, zone = '', after = ''] = ZONE.exec(url) ?? []
  try {
    const parsed = new URL(before + after)
    parsed.username = ''
    parsed.password = ''
    const isOpaque = !parsed.pathname.startsWith('/')
    if (!isOpaque) return parsed.href.replace(']', `${zone}]`)
  } catch {
    // Not a URL: see below.
  }
  return url.replace(/^(\w[\w+.-]*:[/\\]+)?.*@/s, '$1')
}
