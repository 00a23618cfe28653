/** From checked options to an open native connection, awaited or on this thread. */

import { Attempt } from './diagnostics.js'
import { native } from './environment.js'
import { AbortError } from './errors.js'
import { toError } from './failure.js'
import { Lookup } from './lookup.js'
import type { Failure, Opened } from './native.js'
import type { Settings } from './options.js'
import { interrupted, watchedSignals } from './signals.js'
import { prepareSlabs } from './slabs.js'
import { provideRoots } from './trust.js'

function prepare(settings: Settings): void {
  if (settings.signal?.aborted) throw new AbortError(settings.signal.reason)
  provideRoots(settings.request)
}

function explain(failure: Failure, lookup: Lookup | undefined): Error {
  const error = toError(failure)
  return lookup?.explain(error) ?? error
}

/** Makes the object of an open connection, which is gone where that fails. */
function finish<T extends object>(attempt: Attempt, opened: Opened, make: (opened: Opened) => T): T {
  try {
    return attempt.succeed(make(opened))
  } catch (error) {
    native.terminate(opened.id)
    throw attempt.fail(error)
  }
}

/**
 * Opens a connection off the JavaScript thread. `make` runs before the first message is handed over.
 *
 * @throws The error of `connect`.
 */
export function open<T extends object>(settings: Settings, make: (opened: Opened) => T): Promise<T> {
  prepare(settings)
  const { request, signal } = settings
  const attempt = new Attempt(request.url, false)
  const lookup = settings.lookup && new Lookup(settings.lookup)
  return new Promise((resolve, reject) => {
    const settle = (opened: Opened, failure?: Failure) => {
      try {
        if (failure !== undefined) throw attempt.fail(explain(failure, lookup))
        resolve(finish(attempt, opened, make))
      } catch (error) {
        reject(error)
      }
      signal?.removeEventListener('abort', abort)
    }
    const ask = (host: string, family: number) =>
      lookup?.ask(host, family, (...found) => native.answerLookup(started as number, ...found))
    const started = native.connect(request, settle, lookup && ask)
    const abort = () => {
      native.cancel(started as number)
      reject(attempt.fail(new AbortError(signal?.reason)))
    }
    if (typeof started !== 'number') return reject(attempt.fail(toError(started)))
    try {
      signal?.addEventListener('abort', abort, { once: true })
      // Whoever heard that a connection is asked for may have had enough of it already.
      if (signal?.aborted) abort()
      prepareSlabs()
    } catch (error) {
      native.cancel(started)
      reject(attempt.fail(error))
    }
  })
}

/**
 * Opens a connection while this thread waits.
 *
 * @throws The error of `connect`.
 */
export function openBlocking<T extends object>(settings: Settings, make: (opened: Opened) => T): T {
  prepare(settings)
  const attempt = new Attempt(settings.request.url, true)
  const lookup = settings.lookup && new Lookup(settings.lookup)
  const opened = native.connectSync(settings.request, watchedSignals(), lookup?.askNow.bind(lookup))
  if (opened === undefined) throw attempt.fail(interrupted())
  if ('code' in opened) throw attempt.fail(explain(opened, lookup))
  return finish(attempt, opened, make)
}
