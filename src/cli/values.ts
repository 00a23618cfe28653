/** Values of flags: times, sizes and numbers as people write them. */

import { MAX_DELAY } from '../node/timers.js'
import { misuse } from './mistakes.js'

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/**
 * Parses a time, such as `500ms`, `2s`, `1.5m` or `forever`. A number without a unit is in seconds.
 *
 * @returns the time in ms; `Infinity` for `forever`, and for more than a timer of Node can wait, 24.8 days
 */
export function toDuration(text: string, flag: string): number {
  if (text === 'forever') return Number.POSITIVE_INFINITY
  const [, digits, unit = 's'] = /^(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h)?$/.exec(text) ?? []
  if (digits === undefined)
    throw misuse(`${flag} ${JSON.stringify(text)} is not a time`, 'Write 500ms, 2s, 1m or forever.')
  const duration = Number(digits) * UNITS[unit as keyof typeof UNITS]
  return duration > MAX_DELAY ? Number.POSITIVE_INFINITY : duration
}

const SIZES = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/**
 * Parses a size, such as `64`, `16k` or `1M`, in powers of 1024.
 *
 * @returns bytes
 */
export function toSize(text: string, flag: string): number {
  const [, digits, unit = ''] = /^(\d+)([kmg])?(?:i?b)?$/i.exec(text) ?? []
  if (digits === undefined)
    throw misuse(`${flag} ${JSON.stringify(text)} is not a size`, 'Write 64, 16k or 1M.')
  return Number(digits) * SIZES[unit.toLowerCase() as keyof typeof SIZES]
}

/** Parses an integer of at least `least`. */
export function toCount(text: string, flag: string, least = 1, most = Number.MAX_SAFE_INTEGER): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (count >= least && count <= most) return count
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`
  throw misuse(`${flag} ${JSON.stringify(text)} has to be an integer, ${range}`)
}

/** Parses a number above 0. */
export function toPositive(text: string, flag: string): number {
  const number = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
  if (number > 0 && Number.isFinite(number)) return number
  throw misuse(`${flag} ${JSON.stringify(text)} has to be a number above 0`)
}

const TIMES = [
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const

/** Returns a time in three digits with its unit, such as `0.312 ms` or `1.50 s`. @param ms in ms */
export function formatTime(ms: number): string {
  const [size, unit] = TIMES.find(([each]) => ms >= each) ?? [1, 'ms']
  return `${toThreeDigits(ms / size)} ${unit}`
}

function toThreeDigits(value: number): string {
  if (value >= 100) return value.toFixed(0)
  if (value >= 10) return value.toFixed(1)
  return value >= 1 ? value.toFixed(2) : value.toFixed(3)
}

/** Returns a number of bytes with its unit, such as `64 B` or `1.5 MiB`. */
export function formatSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), 4)
  const value = bytes / 1024 ** power
  const digits = power === 0 || Number.isInteger(value) ? 0 : 1
  return `${value.toFixed(digits)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`
}

/** Returns a count with its digits grouped by spaces, such as `12 345`. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ')
}

/** Returns a count and a noun: `1 message`, `2 messages`. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}
