/** Passes the root certificates that Node trusts to native code: with the first `wss:` connect, and when they change. */

import { readFileSync } from 'node:fs'
import * as builtin from '../node/builtin.js'
import { nodeFlags } from '../node/flags.js'
import type { ConnectRequest } from './binding.js'
import { native } from './dispatch.js'
import { opensslRoots, usesOpenssl } from './openssl-roots.js'

/** What Node 22.15 and later have besides. */
interface Modern {
  /** Always the same list until `setDefaultCACertificates` is called. */
  getCACertificates?(type: 'default' | 'extra'): readonly string[]
}

/** The list that native code was told of. */
let told: readonly string[] | undefined
let warned = false

/** The certificates of `NODE_EXTRA_CA_CERTS`. Node itself warns if they cannot be read, and goes on. */
function extraRoots(): string[] {
  const extra = process.env.NODE_EXTRA_CA_CERTS
  if (!extra) return []
  try {
    return [readFileSync(extra, 'latin1')]
  } catch (error) {
    process.emitWarning(`Ignoring extra certs from ${extra}: ${(error as Error).message}`)
    return []
  }
}

/** What older Nodes trust: they have a bundled list, and say of nothing else. */
function olderRoots(): string[] {
  const openssl = usesOpenssl(nodeFlags())
  return [...(openssl ? opensslRoots() : builtin.tls().rootCertificates), ...extraRoots()]
}

/** Node's list, with what OpenSSL adds to it by itself unless the program has set another one. */
function withOpenssl(list: readonly string[], extra: readonly string[]): string[] {
  const isSet =
    told !== undefined || list.length !== extra.length || list.some((one, at) => one !== extra[at])
  return isSet ? [...list] : [...opensslRoots(), ...list]
}

function tellRoots(): void {
  const { getCACertificates } = builtin.tls() as Modern
  if (getCACertificates === undefined) {
    if (told === undefined) native.trust(olderRoots())
    told = []
    return
  }
  const list = getCACertificates('default')
  if (list === told) return
  native.trust(usesOpenssl(nodeFlags()) ? withOpenssl(list, getCACertificates('extra')) : [...list])
  told = list
}

/** Node's own warning, once. */
function warn(): void {
  if (warned || process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return
  warned = true
  process.emitWarning(
    "Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to '0' makes TLS connections and HTTPS requests " +
      'insecure by disabling certificate verification.',
  )
}

/** Sees to it that native code knows Node's roots, if a connection may need them. */
export function provideRoots(request: ConnectRequest): void {
  const { url, maxRedirects, proxy, proxyVariables = [] } = request
  // A redirect may lead to wss: from anywhere; and what is not plainly without TLS may be it in disguise, since
  // URLs are read without line feeds and the like.
  const mayBeSecure = maxRedirects > 0 || !/^(ws|http|ws\+unix):/i.test(url)
  const mayMeetProxy = [proxy ?? '', ...proxyVariables].some((text) => /h\s*t\s*t\s*p\s*s\s*:/i.test(text))
  if (!mayBeSecure && !mayMeetProxy) return
  warn()
  if ((mayBeSecure && request.tls.ca === undefined) || (mayMeetProxy && request.proxyTls?.ca === undefined))
    tellRoots()
}
