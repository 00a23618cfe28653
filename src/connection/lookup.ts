/** The option `lookup`: names resolved by the caller instead of the system. */

import type { AsyncResource } from 'node:async_hooks'
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { ConnectError, ProxyError } from '../errors/classes.js'
import { describe } from '../native/payload.js'
import { asyncHooks, net } from '../node/builtin.js'
import { wrong } from '../options/checks.js'

/** Checks the option `lookup`. */
export function toLookup(value: unknown): LookupFunction | undefined {
  if (value !== undefined && typeof value !== 'function') throw wrong('lookup', 'a function', value)
  return value as LookupFunction | undefined
}

/** A text for whatever it was that went wrong. */
function toProblem(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message : describe(error)
    if (typeof text === 'string' && text !== '') return text
  } catch {
    // It does not even say what it is.
  }
  return 'lookup failed'
}

/**
 * The addresses a `lookup` gave. Those with a zone are passed over: what is on one link only has no name that leads
 * there from everywhere.
 *
 * @throws TypeError where one is none.
 */
function toAddresses(given: unknown): string[] {
  const list: unknown[] = Array.isArray(given) ? given.map((item?: LookupAddress) => item?.address) : [given]
  const wrong = list.find((item) => typeof item !== 'string' || net().isIP(item) === 0)
  if (wrong === undefined && !list.includes(undefined))
    return (list as string[]).filter((address) => !address.includes('%'))
  const shown = typeof wrong === 'string' ? wrong : toProblem(wrong)
  throw new TypeError(`lookup gave ${shown}, which is not an IP address`)
}

/** What comes of a name: addresses, or why there are none. */
type Found = (addresses: string[], problem?: string) => void

/** The `lookup` of one connect. */
export class Lookup {
  readonly #lookup: LookupFunction
  /** The asynchronous context of the caller of `connect`: native code asks from the event loop, which has none. */
  readonly #scope: AsyncResource
  #error: unknown

  constructor(lookup: LookupFunction) {
    this.#lookup = lookup
    this.#scope = new (asyncHooks().AsyncResource)('websocket-rs.lookup')
  }

  /** Calls the caller's function; `found` is called once, whatever that function does. */
  ask(host: string, family: number, found: Found): void {
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

  /** The same on a thread that waits: addresses, or why there are none. */
  askNow(host: string, family: number): string[] | string {
    let result: string[] | string | undefined
    let late = false
    this.ask(host, family, (addresses, problem) => {
      if (!late) result = problem ?? addresses
    })
    late = true
    return result ?? 'lookup has to call back before it returns, since this thread waits for it'
  }

  /** Puts the caller's own error where the cause of a failure belongs; the name may have been the proxy's. */
  explain(error: Error): Error {
    const isOfName = error instanceof ConnectError || error instanceof ProxyError
    if (this.#error !== undefined && isOfName) error.cause = this.#error
    return error
  }
}
