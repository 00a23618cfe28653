/** The option `lookup`: names resolved by the caller instead of the system. */

import type { LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { wrong } from './checks.js'
import { describe } from './payload.js'

/** Checks the option `lookup`. */
export function toLookup(value: unknown): LookupFunction | undefined {
  if (value !== undefined && typeof value !== 'function') throw wrong('lookup', 'a function', value)
  return value as LookupFunction | undefined
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
      finish([], error instanceof Error ? error.message : describe(error))
    }
    try {
      this.#lookup(host, { all: true, family: family as 0 | 4 | 6 }, (error, address) => {
        if (error) return fail(error)
        const given = Array.isArray(address) ? address.map((item: LookupAddress) => item?.address) : [address]
        const at = given.findIndex((item) => typeof item !== 'string' || isIP(item) === 0)
        if (at === -1) finish(given)
        else fail(new TypeError(`lookup gave ${String(given[at])}, which is not an IP address`))
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

  /** Puts the caller's own error where the cause of a failure belongs. */
  explain(error: Error): Error {
    if (this.#error !== undefined && 'phase' in error && error.phase === 'resolve') error.cause = this.#error
    return error
  }
}
