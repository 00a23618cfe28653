/**
 * Signals that end a blocked call where the program listens for them. Elsewhere they end the process by themselves,
 * blocked or not.
 */

import { WebSocketError } from '../errors/classes.js'
import { workerThreads } from '../node/builtin.js'
import { nextTick } from '../node/timers.js'
import { native } from './dispatch.js'

/** The signals, with the bits of `crates/node/src/drivers/signals`. */
const SIGNALS: readonly (readonly [NodeJS.Signals, bit: number])[] =
  process.platform === 'win32'
    ? [
        ['SIGINT', 1],
        ['SIGHUP', 4],
        ['SIGBREAK', 8],
      ]
    : [
        ['SIGINT', 1],
        ['SIGTERM', 2],
        ['SIGHUP', 4],
      ]

/** Whether the end of this turn of the loop is awaited. */
let isWatching = false

function endTurn(): void {
  isWatching = false
  native.endTurn()
}

/** The bits of the signals that end a call which blocks now. Only the main thread hears signals. */
export function watchedSignals(): number {
  let mask = 0
  for (const [name, bit] of SIGNALS) if (process.listenerCount(name) > 0) mask |= bit
  if (mask === 0 || !workerThreads().isMainThread) return 0
  if (!isWatching) {
    isWatching = true
    nextTick(endTurn)
  }
  return mask
}

/** The error of a blocked call that a signal ended. */
export function interrupted(): WebSocketError {
  const taken = native.takeSignal()
  const [name] = SIGNALS.find(([, bit]) => bit === taken) ?? []
  const by = name === undefined ? '' : ` by ${name}`
  return new WebSocketError('ERR_WS_INTERRUPTED', 'open', `the blocked call was interrupted${by}`)
}
