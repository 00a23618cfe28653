/** Resolves host names by the caller's function, the option `lookup`. */

import type { AsyncResource } from 'node:async_hooks'
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { ConnectError, ProxyError } from '../errors/classes.js'
import { describe } from '../errors/invalid.js'
import { asyncHooks, net } from '../node/builtin.js'

/** Describes why a lookup failed. */
function toProblem(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message : describe(error)
    if (typeof text === 'string' && text !== '') return text
  } catch {
    // A value that cannot be described.
  }
  return 'lookup failed'
}

/**
 * Checks the addresses that a `lookup` found. Leaves out those with a zone, which are valid on one link only.
 *
 * @throws TypeError for anything but IP addresses.
 */
function toAddresses(given: unknown): string[] {
  const list: unknown[] = Array.isArray(given) ? given.map((item?: LookupAddress) => item?.address) : [given]
  const wrong = list.find((item) => typeof item !== 'string' || net().isIP(item) === 0)
  if (wrong === undefined && !list.includes(undefined))
    return (list as string[]).filter((address) => !address.includes('%'))
  const shown = typeof wrong === 'string' ? wrong : toProblem(wrong)
  throw new TypeError(`lookup gave ${shown}, which is not an IP address`)
}

/** Receives the addresses of a name, or why there are none. */
type Found = (addresses: string[], problem?: string) => void

/** The lookups of one `connect`. */
export class Lookup {
  readonly #lookup: LookupFunction
  /** The asynchronous context of the caller of `connect`: native code calls from the event loop, which has none. */
  readonly #scope: AsyncResource
  #error: unknown

  constructor(lookup: LookupFunction) {
    this.#lookup = lookup
    this.#scope = new (asyncHooks().AsyncResource)('websocket-rs.lookup')
  }

  /** Calls the caller's function. Calls `found` once, even if that function calls back twice and throws. */
  start(host: string, family: number, found: Found): void {
    let done = false
    const finish: Found = (addresses, problem) => {
      if (done) return
      done = true
      found(addresses, problem)
    }
    const fail = (error: unknown) => {
      if (!done) this.#error = error
      finish([], toProblem(error))
    }
    try {
      this.#call(host, family, (error, address) => {
        try {
          if (error) fail(error)
          else finish(toAddresses(address))
        } catch (wrong) {
          fail(wrong)
        }
      })
    } catch (error) {
      fail(error)
    }
  }

  #call(host: string, family: number, done: Parameters<LookupFunction>[2]): void {
    const options = { all: true, family: family as 0 | 4 | 6 }
    this.#scope.runInAsyncScope(this.#lookup, undefined, host, options, done)
  }

  /** Resolves a name for a blocking connect. Returns the addresses, or why there are none. */
  runSync(host: string, family: number): string[] | string {
    let result: string[] | string | undefined
    let late = false
    this.start(host, family, (addresses, problem) => {
      if (!late) result = problem ?? addresses
    })
    late = true
    return result ?? 'lookup has to call back before it returns, since this thread waits for it'
  }

  /** Sets the error of the caller's function as the cause of a failed connect. The name may be the proxy's. */
  explain(error: Error): Error {
    const mayBeOfName = error instanceof ConnectError || error instanceof ProxyError
    if (this.#error !== undefined && mayBeOfName) error.cause = this.#error
    return error
  }
}
