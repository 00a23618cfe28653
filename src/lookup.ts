/** The option `lookup`: names resolved by the caller instead of the system. */

import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { net } from './builtin.js'
import { wrong } from './checks.js'
import { ConnectError, ProxyError } from './errors.js'
import { describe } from './payload.js'

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
  #error: unknown

  constructor(lookup: LookupFunction) {
    this.#lookup = lookup
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
      this.#lookup(host, { all: true, family: family as 0 | 4 | 6 }, (error, address) => {
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
