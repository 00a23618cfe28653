/** The settings that an open connection keeps. Those for connecting, such as keys and certificates, are dropped. */

import type { Settings } from '../options/settings.js'
import type { Wait } from '../options/wait.js'

/** The settings that are kept. */
export interface Kept
  extends Readonly<Omit<Settings, 'request' | 'requestNumber' | 'isSecure' | 'signal' | 'lookup'>> {
  /** How long a call waits for a message. */
  readonly receiveWait: Wait
  /** How long iteration waits for a message. */
  readonly iterationWait: Wait
}

/** Settings that later connects may have as well, with what is kept of them: equal connections share one object. */
let repeated: { readonly settings: Settings; readonly kept: Kept } | undefined

/** Returns the settings to keep. */
export function toKept(settings: Settings): Kept {
  if (repeated?.settings === settings) return repeated.kept
  const kept = copy(settings)
  if (settings.requestNumber !== 0) repeated = { settings, kept }
  return kept
}

/** Copies settings. The object is written out, because V8 takes microseconds for a rest of properties. */
function copy(settings: Settings): Kept {
  const { receiveTimeout, iterationTimeout } = settings
  return {
    receiveWait: { timeout: receiveTimeout, option: 'receiveTimeout' },
    iterationWait: { timeout: iterationTimeout, option: 'receiveTimeout' },
    receiveTimeout: settings.receiveTimeout,
    iterationTimeout: settings.iterationTimeout,
    sendTimeout: settings.sendTimeout,
    closeTimeout: settings.closeTimeout,
    pingTimeout: settings.pingTimeout,
    idleTimeout: settings.idleTimeout,
    highWaterMark: settings.highWaterMark,
    receiveQueueBytes: settings.receiveQueueBytes,
    endsQuietly: settings.endsQuietly === true,
    reuseMemory: settings.reuseMemory,
    socket: settings.socket,
  }
}
