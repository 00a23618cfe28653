/** The URL and the subprotocols of a WebSocket, checked as the WHATWG standard says. */

/** Schemes and what they stand for. */
const SCHEMES: Readonly<Record<string, string>> = {
  'http:': 'ws:',
  'https:': 'wss:',
  'ws:': 'ws:',
  'wss:': 'wss:',
}

/** A token (RFC 9110 section 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** The symbol of undici's `setGlobalOrigin`, which Node's WebSocket and `fetch` obey, too. */
const ORIGIN = Symbol.for('undici.globalOrigin.1')

function syntaxError(message: string): DOMException {
  return new DOMException(message, 'SyntaxError')
}

function parse(text: string): URL {
  const base = (globalThis as { [ORIGIN]?: string | URL })[ORIGIN]
  try {
    return new URL(text, base)
  } catch (cause) {
    throw syntaxError(`invalid URL: ${(cause as Error).message}`)
  }
}

/**
 * Parses a URL. `http:` and `https:` stand for `ws:` and `wss:`.
 *
 * @throws DOMException `SyntaxError` for an invalid URL, another scheme or a fragment.
 */
export function toAddress(text: string): URL {
  const url = parse(text)
  const scheme = SCHEMES[url.protocol]
  if (scheme === undefined)
    throw syntaxError(`the scheme of a WebSocket URL is ws: or wss:, not ${url.protocol}`)
  // `hash` is empty for an empty fragment, too.
  if (url.href.includes('#')) throw syntaxError('a WebSocket URL has no fragment')
  url.protocol = scheme
  return url
}

/** Whether a text may be a subprotocol or the name of a header. */
export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/**
 * Checks subprotocols.
 *
 * @throws DOMException `SyntaxError` for one that is no token, or that comes twice.
 */
export function checkProtocols(protocols: readonly string[]): void {
  const known = new Set<string>()
  for (const protocol of protocols) {
    if (!isToken(protocol)) throw syntaxError(`invalid subprotocol: ${JSON.stringify(protocol)}`)
    known.add(protocol.toLowerCase())
  }
  if (known.size < protocols.length) throw syntaxError('a subprotocol comes twice')
}
