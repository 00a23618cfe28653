/** The options of `connect.forever`. */

import type { ConnectOptions } from './connect.js'
import { callback, checkNames, checkObject, number, type OptionRecords, option, reader } from './records.js'

/** The delays before connecting again, in ms: `initial`, then `factor` times as long after each failure, at most `max`. */
export interface Backoff {
  /** First delay, in ms. Default 100. */
  initial?: number | undefined
  /** Longest delay, in ms. Default 30 000. */
  max?: number | undefined
  /** Growth of the delay. Default 2. */
  factor?: number | undefined
}

/** Why a connection would be opened again. */
export interface Reconnect {
  /**
   * The error of `connect` or of a function for its URL or options, or the error that ended the connection. `undefined`
   * if this side closed the connection, or the peer with a code that lets this side connect again.
   */
  error: unknown
  /** The close code of the connection that ended; `undefined` if none was open. */
  closeCode: number | undefined
  /** The close reason of the connection that ended; `undefined` if none was open. */
  closeReason: string | undefined
  /** Failures in a row, 1 for the first. A connection that lasted for `stableAfter` resets it. */
  attempt: number
  /** The delay before the next connect, in ms. */
  delay: number
}

/** Options of `connect.forever`. */
export interface ForeverOptions extends ConnectOptions {
  /**
   * Ends the loop, which throws an AbortError: at once while connecting or in a delay. A connection that is open is closed
   * at once, and the loop throws when its body has ended.
   */
  signal?: AbortSignal | undefined
  /** Delays between failures. */
  backoff?: Backoff | undefined
  /** Random part of each delay, 0 to 1. Default 0.5: a delay is between half and all of its length. */
  jitter?: number | undefined
  /** Time after which a connection counts as stable, in ms: the next one is then opened without a delay. Default 5000. */
  stableAfter?: number | undefined
  /**
   * Returns whether to connect again, called after each failure and each end of a connection. If not, the loop throws
   * `error`, or ends if there is none. Default: after network
   * errors, timeouts and lost connections, after the statuses 408, 425, 429 and 5xx of the server or a proxy, and after
   * every close code but 1002, 1003 and 1007 to 1010; not after errors that would occur again, such as a certificate,
   * another status, a message over `maxMessageSize` or a violation of the protocol. Not called for an invalid option,
   * which is thrown.
   */
  shouldReconnect?: ((reason: Reconnect) => boolean | Promise<boolean>) | undefined
}

const BACKOFF_OPTIONS = {
  initial: number(100, 0),
  max: number(30_000, 0),
  factor: number(2, 1),
} satisfies OptionRecords<Backoff>

/** The options that `connect` does not have. */
export const RETRY_OPTIONS = {
  backoff: option('100, 30 000, 2', (value = {}, name) => {
    checkObject(value, name)
    checkNames(value, BACKOFF_OPTIONS, undefined, `${name}.`)
    const read = reader(value, BACKOFF_OPTIONS, `${name}.`)
    return { initial: read('initial'), max: read('max'), factor: read('factor') }
  }),
  jitter: number(0.5, 0, 1),
  stableAfter: number(5000, 0),
  shouldReconnect: callback<NonNullable<ForeverOptions['shouldReconnect']>>('see below'),
} satisfies OptionRecords<Omit<ForeverOptions, keyof ConnectOptions>>
