/** The settings that an open connection keeps. Those for connecting, such as keys and certificates, are dropped. */

import type { Settings } from '../options/settings.js'

/** The settings that are kept. */
export type Kept = Omit<Settings, 'request' | 'requestNumber' | 'isSecure' | 'signal' | 'lookup'>

/** Returns the settings to keep. The object is written out, because V8 takes microseconds for a rest of properties. */
export function toKept(settings: Settings): Kept {
  return {
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
