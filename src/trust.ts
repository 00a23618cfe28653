/** The root certificates Node trusts, handed to native code with the first `wss:` connect. */

import { readFileSync } from 'node:fs'
import * as builtin from './builtin.js'
import { native } from './environment.js'
import type { ConnectRequest } from './native.js'

let handed = false

/** Newer Nodes say what they trust; older ones have a bundled list and an environment variable. */
function nodeRoots(): string[] {
  const tls = builtin.tls()
  const modern = (tls as { getCACertificates?: (type: 'default') => string[] }).getCACertificates
  if (modern !== undefined) return modern('default')
  const extra = process.env.NODE_EXTRA_CA_CERTS
  if (!extra) return [...tls.rootCertificates]
  try {
    return [...tls.rootCertificates, readFileSync(extra, 'latin1')]
  } catch (error) {
    // Node itself warns and goes on.
    process.emitWarning(`Ignoring extra certs from ${extra}: ${(error as Error).message}`)
    return [...tls.rootCertificates]
  }
}

/** Sees to it that native code knows Node's roots, where a connection may need them. */
export function provideRoots(request: ConnectRequest): void {
  if (handed) return
  const { url, maxRedirects, proxy, proxyVariables = [] } = request
  // A redirect may lead to wss: from anywhere; and what is not plainly without TLS may be it in disguise, since
  // URLs are read without line feeds and the like.
  const mayBeSecure = maxRedirects > 0 || !/^(ws|http|ws\+unix):/i.test(url)
  const mayMeetProxy = [proxy ?? '', ...proxyVariables].some((text) => /h\s*t\s*t\s*p\s*s\s*:/i.test(text))
  if ((mayBeSecure && request.tls.ca === undefined) || (mayMeetProxy && request.proxyTls?.ca === undefined)) {
    native.trust(nodeRoots())
    handed = true
  }
}
