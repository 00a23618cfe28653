/** Addresses and subprotocols, as `ws` checks them. */

const PROTOCOLS = new Set(['ws:', 'wss:', 'ws+unix:'])
/** Other schemes that are accepted. */
const SYNONYMS: Record<string, string> = { 'http:': 'ws:', 'https:': 'wss:' }

/** A character of a token (RFC 9110 section 5.6.2). */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/

/** Whether an address is that of a Unix socket. */
export function isUnix(url: URL): boolean {
  return url.protocol === 'ws+unix:'
}

function parse(address: string | URL, base: string | undefined): URL {
  try {
    const url = new URL(address, base)
    const synonym = SYNONYMS[url.protocol]
    if (synonym !== undefined) url.protocol = synonym
    return url
  } catch {
    throw new SyntaxError(`Invalid URL: ${address}`)
  }
}

/**
 * Parses an address.
 *
 * @param base the address that a redirect is relative to
 * @throws SyntaxError with the message of `ws`.
 */
export function toAddress(address: string | URL, base?: string): URL {
  const url = parse(address, base)
  if (!PROTOCOLS.has(url.protocol)) {
    throw new SyntaxError(
      'The URL\'s protocol must be one of "ws:", "wss:", "http:", "https:", or "ws+unix:"',
    )
  }
  if (isUnix(url) && url.pathname === '') throw new SyntaxError("The URL's pathname is empty")
  if (url.hash !== '') throw new SyntaxError('The URL contains a fragment identifier')
  return url
}

/**
 * Checks subprotocols.
 *
 * @throws SyntaxError if one is no token or is there twice.
 */
export function toProtocols(given: unknown): string[] {
  const list: unknown[] = Array.isArray(given) ? given : [given]
  const isValid = (item: unknown, at: number) =>
    typeof item === 'string' && TOKEN.test(item) && list.indexOf(item) === at
  if (!list.every(isValid)) throw new SyntaxError('An invalid or duplicated subprotocol was specified')
  return list as string[]
}
