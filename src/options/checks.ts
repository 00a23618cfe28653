/** Checks of option values. */

import { describe, invalid } from '../errors/invalid.js'

/** Makes the error for the value of an option. */
export function wrong(name: string, wanted: string, value: unknown): TypeError {
  const shown = typeof value === 'number' || typeof value === 'boolean' ? String(value) : describe(value)
  return invalid('ERR_WS_INVALID_OPTION', `option ${name} has to be ${wanted}, not ${shown}`)
}

/** Checks a string. */
export function toText(name: string, value: unknown): string | undefined {
  if (value !== undefined && typeof value !== 'string') throw wrong(name, 'a string', value)
  return value
}

/** Checks a boolean. */
export function toFlag(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback
  if (typeof value !== 'boolean') throw wrong(name, 'a boolean', value)
  return value
}

/** Checks a function. */
export function toFunction<T>(name: string, value: unknown): T | undefined {
  if (value !== undefined && typeof value !== 'function') throw wrong(name, 'a function', value)
  return value as T | undefined
}

/**
 * Checks a time in ms. 0 becomes `Infinity`, which means no limit.
 *
 * @throws TypeError `ERR_WS_INVALID_OPTION` for anything but a number of at least 0.
 */
export function toTimeout(name: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !(value >= 0)) throw wrong(name, 'a time in ms, 0 or more', value)
  return value === 0 ? Number.POSITIVE_INFINITY : value
}

/** Checks a number of bytes. 0 becomes `Infinity`, which means no limit. */
export function toBytes(name: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !(value >= 0)) throw wrong(name, 'a number of bytes, 0 or more', value)
  return value === 0 ? Number.POSITIVE_INFINITY : value
}

/** Checks an integer within bounds. */
export function toInteger(
  name: string,
  value: unknown,
  fallback: number,
  least: number,
  most: number,
): number {
  if (value === undefined) return fallback
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw wrong(name, `an integer, ${least} to ${most}`, value)
}

/** Checks a number within bounds. */
export function toNumber(
  name: string,
  value: unknown,
  fallback: number,
  least: number,
  most = Number.POSITIVE_INFINITY,
): number {
  if (value === undefined) return fallback
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw wrong(
    name,
    most === Number.POSITIVE_INFINITY ? `a number, ${least} or more` : `${least} to ${most}`,
    value,
  )
}
