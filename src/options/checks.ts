/** Checks that options of all kinds share. */

import type { ErrorCode } from '../errors/classes.js'
import { invalid } from '../errors/invalid.js'
import { describe } from '../native/payload.js'

/** The error over an option's value. */
export function wrong(name: string, wanted: string, value: unknown): TypeError {
  const shown = typeof value === 'number' || typeof value === 'boolean' ? String(value) : describe(value)
  return invalid('ERR_WS_INVALID_OPTION', `option ${name} has to be ${wanted}, not ${shown}`)
}

/** Reads a string. */
export function toText(name: string, value: unknown): string | undefined {
  if (value !== undefined && typeof value !== 'string') throw wrong(name, 'a string', value)
  return value
}

/** Reads a boolean. */
export function toFlag(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback
  if (typeof value !== 'boolean') throw wrong(name, 'a boolean', value)
  return value
}

/**
 * Checks the names of options.
 *
 * @param refused those of the contract that this version does not honour, so that nobody takes them for a
 * misspelling
 */
export function checkNames(given: object, known: Set<string>, refused: Set<string>, prefix: string): void {
  for (const name of Object.keys(given)) {
    if (known.has(name)) continue
    const [code, why]: [ErrorCode, string] = refused.has(name)
      ? ['ERR_WS_UNSUPPORTED_OPTION', 'is not supported in this version']
      : ['ERR_WS_UNKNOWN_OPTION', 'does not exist']
    throw invalid(code, `option ${prefix}${name} ${why}`)
  }
}
