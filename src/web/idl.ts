/** Conversions and shapes of Web IDL: what an interface of a web specification does beyond a class of JavaScript. */

import { toUSVString } from 'node:util'

/** Largest value of the type `unsigned short`. */
const MAX_SHORT = 65_535

/**
 * Checks the number of arguments of an operation.
 *
 * @throws TypeError if arguments are missing.
 */
export function requireArguments(given: number, needed: number, operation: string): void {
  if (given >= needed) return
  throw new TypeError(
    `${operation}: ${needed} argument${needed === 1 ? '' : 's'} required, but only ${given} present`,
  )
}

/** Converts a value to a string without lone surrogates, as the type `USVString`. */
export function toScalars(value: unknown): string {
  return toUSVString(`${value}`)
}

/** Converts a value to an `unsigned short` with `[Clamp]`: the nearest number of 0 to 65 535, and the even one of two. */
export function clampShort(value: unknown): number {
  const number = Math.min(Math.max(Number(value), 0), MAX_SHORT)
  if (Number.isNaN(number)) return 0
  const floor = Math.floor(number)
  if (number - floor !== 0.5) return Math.round(number)
  return floor % 2 === 0 ? floor : floor + 1
}

/** Converts a value to an `unsigned short`: the remainder of its integer part. */
export function toShort(value: unknown): number {
  const number = Math.trunc(Number(value))
  return Number.isFinite(number) ? number & MAX_SHORT : 0
}

/**
 * Converts a value to an `unsigned short` with `[EnforceRange]`: its integer part.
 *
 * @throws TypeError for a value outside of 0 to 65 535.
 */
export function toWholeShort(value: unknown, what: string): number {
  const number = Math.trunc(Number(value))
  if (number >= 0 && number <= MAX_SHORT) return number
  throw new TypeError(`${what} has to be a number of 0 to ${MAX_SHORT}`)
}

/**
 * Converts a value to a dictionary.
 *
 * @throws TypeError for anything but an object, `null` and `undefined`.
 */
export function toDictionary(value: unknown, what: string): Record<string, unknown> {
  if (value === undefined || value === null) return {}
  if (typeof value === 'object' || typeof value === 'function') return value as Record<string, unknown>
  throw new TypeError(`${what} has to be an object`)
}

/**
 * Converts a value to a list of strings, as the type `sequence<DOMString>`.
 *
 * @throws TypeError for a value that is not iterable.
 */
export function toStrings(value: unknown, what: string): string[] {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value))
    throw new TypeError(`${what} has to be a string or a list of strings`)
  return Array.from(value as Iterable<unknown>, (item) => `${item}`)
}

type Class = abstract new (...args: never[]) => object

/**
 * Gives a class the shape of an interface: its name, which a bundler may have changed, members that are enumerable, and
 * the name that `toString` shows.
 */
export function defineInterface(owner: Class, name: string, members: readonly string[]): void {
  const { prototype } = owner
  Object.defineProperty(owner, 'name', { value: name, configurable: true })
  const descriptors = members.map((member) => [member, { enumerable: true }])
  Object.defineProperties(prototype, Object.fromEntries(descriptors))
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true })
}

/** Defines the constants of an interface, on the class and on its prototype. */
export function defineConstants(owner: Class, constants: Record<string, number>): void {
  for (const target of [owner, owner.prototype]) {
    for (const [name, value] of Object.entries(constants))
      Object.defineProperty(target, name, { value, enumerable: true })
  }
}
