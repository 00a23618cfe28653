/** Passes the root certificates that Node trusts to native code: with the first `wss:` connect, and after changes. */

import { readFileSync } from 'node:fs'
import * as builtin from '../node/builtin.js'
import { nodeFlags } from '../node/flags.js'
import type { ConnectRequest } from './binding.js'
import { native } from './dispatch.js'
import { opensslRoots, usesOpenssl } from './openssl-roots.js'
import { hasHttpsProxy } from './url.js'

/** What `node:tls` has from Node 22.15 on. */
interface ModernTls {
  /** Returns the same array until `setDefaultCACertificates` is called. */
  getCACertificates?(type: 'default' | 'extra'): readonly string[]
}

/** The list that native code has. */
let passed: readonly string[] | undefined
let warned = false

/** Reads the certificates of `NODE_EXTRA_CA_CERTS`. Warns like Node if they cannot be read. */
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

/** The roots of older Nodes, which report only their bundled list. */
function olderRoots(): string[] {
  const openssl = usesOpenssl(nodeFlags())
  return [...(openssl ? opensslRoots() : builtin.tls().rootCertificates), ...extraRoots()]
}

/** Returns the certificates that Node trusts by default. */
export function defaultRoots(): readonly string[] {
  const { getCACertificates } = builtin.tls() as ModernTls
  return getCACertificates?.('default') ?? olderRoots()
}

/** Adds the roots of OpenSSL to Node's list, unless the program has set a list of its own. */
function withOpenssl(list: readonly string[], extra: readonly string[]): string[] {
  const isSet =
    passed !== undefined || list.length !== extra.length || list.some((one, at) => one !== extra[at])
  return isSet ? [...list] : [...opensslRoots(), ...list]
}

function passRoots(): void {
  const { getCACertificates } = builtin.tls() as ModernTls
  if (getCACertificates === undefined) {
    if (passed === undefined) native.trust(olderRoots())
    passed = []
    return
  }
  const list = getCACertificates('default')
  if (list === passed) return
  native.trust(usesOpenssl(nodeFlags()) ? withOpenssl(list, getCACertificates('extra')) : [...list])
  passed = list
}

/** Emits Node's own warning about `NODE_TLS_REJECT_UNAUTHORIZED`, once. */
function warn(): void {
  if (warned || process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return
  warned = true
  process.emitWarning(
    "Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to '0' makes TLS connections and HTTPS requests " +
      'insecure by disabling certificate verification.',
  )
}

/** Passes Node's roots to native code if a connection may need them. */
export function provideRoots(request: ConnectRequest, isSecure: boolean): void {
  const { maxRedirects, proxy, proxyVariables } = request
  // A redirect may lead to wss:.
  const mayBeSecure = isSecure || maxRedirects > 0
  const proxies = proxy === undefined ? proxyVariables : [proxy]
  const mayMeetProxy = proxies !== undefined && hasHttpsProxy(proxies)
  if (!mayBeSecure && !mayMeetProxy) return
  warn()
  if ((mayBeSecure && request.tls.ca === undefined) || (mayMeetProxy && request.proxyTls?.ca === undefined))
    passRoots()
}
