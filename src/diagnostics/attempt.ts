/** Publishes the events of one `connect` and of its connection. Without subscribers it costs a few checks, and nothing per message. */

import type { AsyncResource } from 'node:async_hooks'
import { withoutCredentials } from '../native/url.js'
import { asyncHooks } from '../node/builtin.js'
import { now } from '../node/timers.js'
import { events, isObserved, log, runStores, tracing } from './channels.js'
import type { CloseEvent, ConnectContext, ConnectEvent, ErrorEvent, OpenEvent } from './events.js'
import type { Stats } from './stats.js'

/** A connection that has ended. */
interface Ended {
  readonly closeCode: number | undefined
  readonly closeReason: string
  readonly wasClean: boolean
  stats(): Stats
}

/**
 * One call of `connect`. Its events are published in order, in the asynchronous context of the caller. Events that
 * occur while subscribers run are published afterwards.
 */
export class Attempt {
  readonly #url: string
  readonly #blocking: boolean
  readonly #start = now()
  /** The object that subscribers share. Made with the first event that has subscribers. */
  #context: ConnectContext | undefined
  /** The context of the caller, with the stores that are bound to the channels. Missing without subscribers. */
  #scope: AsyncResource | undefined
  #isPublishing = false
  #queue: (() => void)[] | undefined
  /** Whether `open` or `error` has been published. */
  #isSettled = false
  /** The close of a connection that ended before its `open` was published. */
  #early: (() => void) | undefined

  constructor(url: string, blocking: boolean) {
    this.#url = url
    this.#blocking = blocking
  }

  /** Runs a function that connects, or that starts connecting if it is one of the promise API. */
  run<T>(connect: () => T): T {
    if (!isObserved()) return connect()
    const context = this.#shared()
    const { url, blocking } = context
    if (log.enabled) log('connect %s', url)
    // An event of the promise API is published after the `end` of this function.
    this.#isPublishing = !blocking
    const scoped = () => {
      this.#scope = new (asyncHooks().AsyncResource)('websocket-rs.connect')
      return connect()
    }
    try {
      return runStores(tracing.start, context, () => {
        try {
          return runStores(events.connect, { url, blocking, context } satisfies ConnectEvent, scoped)
        } finally {
          tracing.end.publish(context)
        }
      })
    } finally {
      this.#isPublishing = false
      this.#publishQueue()
    }
  }

  /** Publishes that the connection is open. Returns the connection. */
  succeed<T extends object>(connection: T): T {
    this.#isSettled = true
    if (isObserved()) this.#publishOpen(connection)
    if (this.#early !== undefined) this.#publish(this.#early)
    return connection
  }

  #publishOpen(connection: object): void {
    const duration = now() - this.#start
    this.#publish(() => {
      const context = this.#shared()
      const { url } = context
      context.result = connection
      if (!this.#blocking) tracing.asyncStart.publish(context)
      if (events.open.hasSubscribers)
        events.open.publish({ url, connection, duration, context } satisfies OpenEvent)
      if (!this.#blocking) tracing.asyncEnd.publish(context)
      if (log.enabled) log('open %s after %d ms', url, Math.round(duration))
    })
  }

  /** Publishes that connecting has failed. Returns the error. */
  fail<T>(error: T): T {
    if (this.#isSettled) return error
    this.#isSettled = true
    if (isObserved()) this.#publishError(error)
    return error
  }

  #publishError(error: unknown): void {
    this.#publish(() => {
      const context = this.#shared()
      const { url } = context
      context.error = error
      tracing.error.publish(context)
      if (!this.#blocking) tracing.asyncStart.publish(context)
      if (events.error.hasSubscribers) events.error.publish({ url, error, context } satisfies ErrorEvent)
      if (!this.#blocking) tracing.asyncEnd.publish(context)
      if (log.enabled) log('no connection to %s: %s', url, error)
    })
  }

  /** Publishes that the connection has ended. Called only if that is observed. */
  close(connection: Ended, error: Error | undefined): void {
    const { closeCode = 1006, closeReason, wasClean } = connection
    const stats = connection.stats()
    const publish = () => {
      const context = this.#shared()
      const { url } = context
      events.close.publish({
        url,
        connection,
        closeCode,
        closeReason,
        wasClean,
        ...(error === undefined ? {} : { error }),
        stats,
        context,
      } satisfies CloseEvent)
      if (log.enabled)
        log('closed %s, code %d%s', url, closeCode, closeReason === '' ? '' : `: ${closeReason}`)
    }
    if (this.#isSettled) this.#publish(publish)
    else this.#early = publish
  }

  #shared(): ConnectContext {
    this.#context ??= { url: withoutCredentials(this.#url), blocking: this.#blocking }
    return this.#context
  }

  #publish(publish: () => void): void {
    this.#queue ??= []
    this.#queue.push(publish)
    if (!this.#isPublishing) this.#publishQueue()
  }

  #publishQueue(): void {
    this.#isPublishing = true
    for (let publish = this.#queue?.shift(); publish !== undefined; publish = this.#queue?.shift()) {
      // Node reports what a subscriber throws, as an uncaught exception.
      if (this.#scope === undefined) publish()
      else this.#scope.runInAsyncScope(publish)
    }
    this.#isPublishing = false
  }
}
