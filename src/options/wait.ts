/** The options of calls that wait: `timeout`, `signal`, `compress` of sends, and `max` of `recvMany`. */

import { AbortError } from '../errors/classes.js'
import { invalid } from '../errors/invalid.js'
import { toTimeout, wrong } from './checks.js'
import { checkNames, checkObject } from './records.js'

/** Options of a call that may wait. */
export interface WaitOptions {
  /** Time to wait, in ms; 0 or `Infinity` for no limit. Default: the option of the connection. */
  timeout?: number | undefined
  /** Ends the wait with an AbortError. The blocking API checks it only before it waits. */
  signal?: AbortSignal | undefined
}

/** Options of a call that sends. */
export interface SendOptions extends WaitOptions {
  /**
   * `true` compresses the message, `false` does not. Default: messages from `compression.threshold` bytes on are
   * compressed. Without an agreement with the server nothing is.
   */
  compress?: boolean | undefined
}

/** Options of `recvMany`. */
export interface RecvManyOptions extends WaitOptions {
  /** Most messages to take. Default: all that have arrived. */
  max?: number | undefined
}

/** Checks `max` of `recvMany`. */
export function toMax(value: unknown): number {
  if (value === undefined) return Number.POSITIVE_INFINITY
  if (typeof value !== 'number' || !(value >= 1)) throw wrong('max', 'a number of messages, 1 or more', value)
  return value
}

/** Checks an AbortSignal, which may come from another realm. */
export function toSignal(value: unknown): AbortSignal | undefined {
  const signal = value as AbortSignal | undefined
  const isFunction = (method: unknown) => typeof method === 'function'
  const fits =
    typeof signal?.aborted === 'boolean' &&
    isFunction(signal.addEventListener) &&
    isFunction(signal.removeEventListener)
  if (value !== undefined && !fits) throw wrong('signal', 'an AbortSignal', value)
  return signal
}

/** How long a call waits. */
export interface Wait {
  /** In ms; `Infinity` for no limit. */
  timeout: number
  /** The option that `timeout` comes from. Default: `timeout`. */
  option?: string
  signal?: AbortSignal | undefined
}

function checkWaitObject(options: unknown): asserts options is object {
  // The timeout itself is passed by mistake.
  if (typeof options === 'number')
    throw invalid('ERR_WS_INVALID_OPTION', `the options have to be an object: { timeout: ${options} }`)
  checkObject(options, 'options')
}

/** The names of the options. The default of `timeout` depends on the call. */
const WAIT_OPTIONS = { timeout: true, signal: true } satisfies Record<keyof WaitOptions, true>

/**
 * Checks the options of a call, except its timeout. Returns its signal.
 *
 * @throws TypeError as `connect` does; AbortError if the signal is already aborted.
 */
export function toWaitSignal(options: WaitOptions): AbortSignal | undefined {
  checkWaitObject(options)
  checkNames(options, WAIT_OPTIONS)
  const signal = toSignal(options.signal)
  if (signal?.aborted) throw new AbortError(signal.reason)
  return signal
}

/**
 * Checks the options of a call that waits.
 *
 * @param option the option of `connect` that `timeout` replaces
 * @param fallback its value, in ms
 */
export function toWait(options: WaitOptions | undefined, option: string, fallback: number): Wait {
  if (options === undefined) return { timeout: fallback, option }
  const signal = toWaitSignal(options)
  const { timeout } = options
  return {
    timeout: toTimeout('timeout', timeout, fallback),
    ...(timeout === undefined ? { option } : {}),
    signal,
  }
}

/** How a message is sent. */
export interface Sent {
  wait: Wait
  /** As the options say; `undefined` if they do not. */
  compress: boolean | undefined
}

/** Checks the options of a call that sends, as {@link toWait} does. */
export function toSent(options: SendOptions | undefined, fallback: number): Sent {
  if (options === undefined) return { wait: toWait(options, 'sendTimeout', fallback), compress: undefined }
  checkWaitObject(options)
  const { compress, ...rest } = options
  if (compress !== undefined && typeof compress !== 'boolean') throw wrong('compress', 'a boolean', compress)
  return { wait: toWait(rest, 'sendTimeout', fallback), compress }
}

/** Splits the options of `recvMany` into `max`, checked, and those of its wait. */
export function toRecvMany(options: RecvManyOptions = {}): { most: number; wait: WaitOptions } {
  checkWaitObject(options)
  const { max, ...wait } = options
  return { most: toMax(max), wait }
}
