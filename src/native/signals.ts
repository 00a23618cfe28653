/** Signals that end a blocked call if the program listens for them. Other signals end the process. */

import { WebSocketError } from '../errors/classes.js'
import { workerThreads } from '../node/builtin.js'
import { nextTick } from '../node/timers.js'
import { SIGNAL_BREAK, SIGNAL_HUP, SIGNAL_INT, SIGNAL_TERM } from './binding.js'
import { native } from './dispatch.js'

/** The signals with their bits. */
const SIGNALS: readonly (readonly [NodeJS.Signals, bit: number])[] =
  process.platform === 'win32'
    ? [
        ['SIGINT', SIGNAL_INT],
        ['SIGHUP', SIGNAL_HUP],
        ['SIGBREAK', SIGNAL_BREAK],
      ]
    : [
        ['SIGINT', SIGNAL_INT],
        ['SIGTERM', SIGNAL_TERM],
        ['SIGHUP', SIGNAL_HUP],
      ]

/** Whether `endIteration` is scheduled for the end of this tick. */
let isWatching = false

function endIteration(): void {
  isWatching = false
  native.endIteration()
}

/** Returns the bits of the signals that end a blocked call: those with a listener. Workers receive no signals. */
export function watchedSignals(): number {
  let mask = 0
  for (const [name, bit] of SIGNALS) if (process.listenerCount(name) > 0) mask |= bit
  if (mask === 0 || !workerThreads().isMainThread) return 0
  if (!isWatching) {
    isWatching = true
    nextTick(endIteration)
  }
  return mask
}

/** Makes the error of a blocked call that a signal ended. */
export function interrupted(): WebSocketError {
  const taken = native.takeSignal()
  const [name] = SIGNALS.find(([, bit]) => bit === taken) ?? []
  const by = name === undefined ? '' : ` by ${name}`
  return new WebSocketError('ERR_WS_INTERRUPTED', 'open', `the blocked call was interrupted${by}`)
}
