/** From checked options to an open native connection, awaited or on this thread. */

import { AbortError } from './errors.js'
import { toError } from './failure.js'
import { type Failure, native, type Opened } from './native.js'
import type { Settings } from './options.js'
import { provideRoots } from './trust.js'

function prepare(settings: Settings): void {
  if (settings.signal?.aborted) throw new AbortError(settings.signal.reason)
  provideRoots(settings.request)
}

/**
 * Opens a connection off the JavaScript thread. `make` runs before the first message is handed over.
 *
 * @throws The error of `connect`.
 */
export function open<T>(settings: Settings, make: (opened: Opened) => T): Promise<T> {
  prepare(settings)
  const { request, signal } = settings
  return new Promise((resolve, reject) => {
    const settle = (opened: Opened, failure?: Failure) => {
      signal?.removeEventListener('abort', abort)
      if (failure !== undefined) return reject(toError(failure))
      try {
        resolve(make(opened))
      } catch (error) {
        native.terminate(opened.id)
        reject(error)
      }
    }
    const started = native.connect(request, settle)
    const abort = () => {
      native.cancel(started as number)
      reject(new AbortError(signal?.reason))
    }
    if (typeof started === 'number') signal?.addEventListener('abort', abort, { once: true })
    else reject(toError(started))
  })
}

/**
 * Opens a connection while this thread waits; `undefined` where the wait was interrupted.
 *
 * @throws The error of `connect`.
 */
export function openBlocking(settings: Settings, watchSigint: boolean): Opened | undefined {
  prepare(settings)
  const opened = native.connectSync(settings.request, watchSigint)
  if (opened !== undefined && 'code' in opened) throw toError(opened)
  return opened
}
