/**
 * Records of options: for each option of an interface its check, its default and its unit. The compiler checks the records
 * against the interface, and a unit test checks the tables of the docs against the records.
 */

import type { ErrorCode } from '../errors/codes.js'
import { invalid } from '../errors/invalid.js'
import { toBytes, toFlag, toFunction, toInteger, toNumber, toText, toTimeout, wrong } from './checks.js'
import { suggestion } from './suggestions.js'

/** The record of an option. */
export interface OptionRecord<T> {
  /** Checks a value and returns the setting: for `undefined` the default. */
  check(value: unknown, name: string): T
  /** The default, as the docs show it. */
  readonly shown: string | number
  readonly unit?: 'ms' | 'bytes' | 'µs'
}

/** The records of all options of an interface. */
export type OptionRecords<Options> = { readonly [Name in keyof Required<Options>]: OptionRecord<unknown> }

/** The settings that records make of options. */
export type SettingsOf<Records extends OptionRecords<unknown>> = {
  [Name in keyof Records]: Records[Name] extends OptionRecord<infer T> ? T : never
}

const MIB = 1024 * 1024

/** An option with a check of its own. */
export function option<T>(shown: string, check: OptionRecord<T>['check']): OptionRecord<T> {
  return { check, shown }
}

/** A time in ms; `0` and `Infinity` mean no limit. */
export function time(fallback: number): OptionRecord<number> {
  return {
    check: (value, name) => toTimeout(name, value, fallback),
    shown: fallback,
    unit: 'ms',
  }
}

/** A time in ms without a default; `0` and `Infinity` mean no limit. */
export function noTime(): OptionRecord<number> {
  return {
    check: (value, name) => toTimeout(name, value, Number.POSITIVE_INFINITY),
    shown: 'none',
    unit: 'ms',
  }
}

/** A number of bytes; `0` and `Infinity` mean no limit. */
export function bytes(mebibytes: number): OptionRecord<number> {
  return {
    check: (value, name) => toBytes(name, value, mebibytes * MIB),
    shown: `${mebibytes} MiB`,
    unit: 'bytes',
  }
}

/** A number within bounds. */
export function number(fallback: number, least: number, most?: number): OptionRecord<number> {
  return { check: (value, name) => toNumber(name, value, fallback, least, most), shown: fallback }
}

/** An integer within bounds. */
export function integer(fallback: number, least: number, most: number): OptionRecord<number> {
  return { check: (value, name) => toInteger(name, value, fallback, least, most), shown: fallback }
}

/** A boolean. */
export function flag(fallback: boolean): OptionRecord<boolean> {
  return { check: (value, name) => toFlag(name, value, fallback), shown: `\`${fallback}\`` }
}

/** A string. */
export function text(shown: string): OptionRecord<string | undefined> {
  return { check: (value, name) => toText(name, value), shown }
}

/** A function of the type that its interface declares. */
export function callback<T>(shown: string): OptionRecord<T | undefined> {
  return { check: (value, name) => toFunction<T>(name, value), shown }
}

/** Checks that options are an object. */
export function checkObject(value: unknown, name: string): asserts value is object {
  if (typeof value !== 'object' || value === null) throw wrong(name, 'an object', value)
}

const NONE: ReadonlySet<string> = new Set()

/**
 * Checks the names of options.
 *
 * @param refused names that exist elsewhere or later but not in this version, which have an error of their own
 */
export function checkNames(given: object, records: object, refused = NONE, prefix = ''): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(records, name)) continue
    const [code, why]: [ErrorCode, string] = refused.has(name)
      ? ['ERR_WS_UNSUPPORTED_OPTION', 'is not supported in this version']
      : ['ERR_WS_UNKNOWN_OPTION', `does not exist${suggestion(name, Object.keys(records), prefix)}`]
    throw invalid(code, `option ${prefix}${name} ${why}`)
  }
}

/**
 * Returns a function that checks the value of one option and returns the setting. There is no function that checks all
 * of them: V8 takes microseconds to fill an object whose properties it does not know.
 */
export function reader<Records extends OptionRecords<unknown>>(given: object, records: Records, prefix = '') {
  return <Name extends keyof Records & string>(name: Name): SettingsOf<Records>[Name] => {
    const value = (given as Record<string, unknown>)[name]
    return (records[name] as OptionRecord<unknown>).check(value, prefix + name) as SettingsOf<Records>[Name]
  }
}
