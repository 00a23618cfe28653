/** Opens native connections, without blocking the JavaScript thread or blocking it. */

import { Attempt } from '../diagnostics/attempt.js'
import { AbortError } from '../errors/classes.js'
import { invalid } from '../errors/invalid.js'
import type { Failure } from '../native/binding.js'
import { native } from '../native/dispatch.js'
import { toError } from '../native/failure.js'
import { Opened } from '../native/opened.js'
import { provideRoots } from '../native/roots.js'
import { interrupted, watchedSignals } from '../native/signals.js'
import { prepareSlabs } from '../native/slabs.js'
import { nextTick } from '../node/timers.js'
import type { Settings } from '../options/settings.js'
import { adopt, type Upgraded } from '../socket/upgraded.js'
import { onAbort } from './abort.js'
import { withURL } from './end.js'
import { Lookup } from './lookup.js'
import { checkNodeOptions, NativeConnect } from './native-connect.js'

function prepare(settings: Settings): void {
  if (settings.signal?.aborted) throw new AbortError(settings.signal.reason)
  provideRoots(settings.request, settings.isSecure)
  checkNodeOptions(settings)
}

/** The error of a failed connect, as {@link openWith} passes it. Missing for an abort. */
export type ConnectFailure = Failure | undefined

/** What knows more about a failure: errors of functions and streams of the program. */
interface Explainer {
  explain(error: Error, failure: Failure): Error
}

/** Makes the error of a failed connect, with its URL. */
function explain(failure: Failure, url: string, explainer?: Explainer): Error {
  const error = toError(failure)
  return withURL(explainer?.explain(error, failure) ?? error, url)
}

type Make<T> = (opened: Opened, attempt: Attempt) => T

/** Makes the object of an open connection. Ends the connection if that fails. */
function finish<T extends object>(attempt: Attempt, opened: Opened, make: Make<T>): T {
  try {
    return attempt.succeed(make(opened, attempt))
  } catch (error) {
    native.terminate(opened.id)
    throw attempt.fail(error)
  }
}

/**
 * Opens a connection without blocking the JavaScript thread. `make` runs before the first delivery.
 *
 * @throws The error of `connect`.
 */
export function open<T extends object>(settings: Settings, make: Make<T>): Promise<T> {
  prepare(settings)
  const attempt = new Attempt(settings.request.url, false)
  return attempt.run(
    () => new Promise((resolve, reject) => void start(settings, attempt, make, resolve, reject)),
  )
}

/**
 * Opens a connection without blocking the JavaScript thread and calls back, with no promise in between. `succeed` is called
 * before the first delivery. `fail` may be called before this returns; it gets what native code has reported, too.
 *
 * @returns a function that cancels: neither function is called after it
 */
export function openWith<T extends object>(
  settings: Settings,
  make: Make<T>,
  succeed: (value: T) => void,
  fail: (error: unknown, failure: ConnectFailure) => void,
): () => void {
  prepare(settings)
  const attempt = new Attempt(settings.request.url, false)
  return attempt.run(() => start(settings, attempt, make, succeed, fail))
}

/** Starts connecting. Returns a function that cancels. */
function start<T extends object>(
  settings: Settings,
  attempt: Attempt,
  make: Make<T>,
  resolve: (value: T) => void,
  reject: (error: unknown, failure?: Failure) => void,
): () => void {
  const { request, signal, lookup } = settings
  let ignore = () => {}
  const settle = (id: number, description: string, failure?: Failure) => {
    ignore()
    let made: T
    try {
      if (failure !== undefined) throw attempt.fail(explain(failure, request.url, connecting))
      made = finish(attempt, new Opened(id, description), make)
    } catch (error) {
      reject(error, failure)
      return
    }
    resolve(made)
  }
  const connecting = new NativeConnect(settings, lookup && new Lookup(lookup), settle)
  const refused = connecting.start()
  if (refused !== undefined) {
    reject(attempt.fail(explain(refused, request.url)), refused)
    return () => {}
  }
  const cancel = (reason?: unknown): unknown => {
    ignore()
    connecting.cancel()
    return attempt.fail(new AbortError(reason))
  }
  const abort = () => reject(cancel(signal?.reason))
  try {
    if (signal !== undefined) ignore = onAbort(signal, abort)
    // A subscriber of the diagnostics channels may have aborted it.
    if (signal?.aborted) abort()
    prepareSlabs()
  } catch (error) {
    connecting.cancel()
    reject(attempt.fail(error))
  }
  return () => void cancel()
}

/**
 * Opens a connection and blocks this thread.
 *
 * @throws The error of `connect`.
 */
export function openBlocking<T extends object>(settings: Settings, make: Make<T>): T {
  if (settings.socket !== undefined) {
    const why = `option ${settings.socket.option} is not for the blocking API: no event loop runs while it waits`
    throw invalid('ERR_WS_UNSUPPORTED_OPTION', why)
  }
  prepare(settings)
  const attempt = new Attempt(settings.request.url, true)
  return attempt.run(() => {
    const lookup = settings.lookup && new Lookup(settings.lookup)
    const opened = native.connectSync(settings.request, watchedSignals(), lookup?.runSync.bind(lookup))
    if (opened === undefined) throw attempt.fail(withURL(interrupted(), settings.request.url))
    if ('code' in opened) throw attempt.fail(explain(opened, settings.request.url, lookup))
    return finish(attempt, new Opened(opened.id, opened.description), make)
  })
}

/**
 * Opens a connection over a stream on which Node has performed the opening handshake. What has arrived is delivered after
 * this tick.
 *
 * @throws The error that `refused` makes if the response does not open the connection.
 */
export function openUpgraded<T extends object>(
  settings: Settings,
  upgraded: Upgraded,
  make: Make<T>,
  refused: (failure: Failure, error: Error) => Error,
): T {
  const { url } = settings.request
  const attempt = new Attempt(url, false)
  return attempt.run(() => {
    const opened = adopt(settings, upgraded)
    if ('code' in opened) throw attempt.fail(refused(opened, explain(opened, url)))
    prepareSlabs()
    const made = finish(attempt, new Opened(opened.id, opened.description), make)
    nextTick(() => native.turn(opened.id))
    return made
  })
}
