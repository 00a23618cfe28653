/**
 * What connections say about themselves: channels of `node:diagnostics_channel`, and a log with
 * `NODE_DEBUG=websocket-rs`. Costs a look at a flag where nobody listens, and nothing for each message.
 */

import type { AsyncResource } from 'node:async_hooks'
import { type Channel, channel } from 'node:diagnostics_channel'
import { debuglog } from 'node:util'
import type { BaseConnection, Stats } from '../connection/base.js'
import { asyncHooks } from '../node/builtin.js'
import { now } from '../node/timers.js'

/**
 * One `connect`: the same object from its beginning to the end of its connection. What the channels
 * `tracing:websocket-rs.connect:*` publish, and `context` of all other events.
 */
export interface ConnectContext {
  /** Without user name and password. */
  readonly url: string
  /** Whether the blocking API was called. */
  readonly blocking: boolean
  /** The `Connection` or `SyncConnection`, once it is open. */
  result?: object
  /** Why there is none, once that is known. */
  error?: unknown
}

/** On `websocket-rs:connect`: a connection is asked for. */
export interface ConnectEvent {
  /** Without user name and password. */
  url: string
  /** Whether it is asked for by the blocking face. */
  blocking: boolean
  context: ConnectContext
}

/** On `websocket-rs:open`: a connection has opened. */
export interface OpenEvent {
  url: string
  /** A `Connection` or a `SyncConnection`. */
  connection: object
  /** Time all of connecting took, in ms. */
  duration: number
  context: ConnectContext
}

/** On `websocket-rs:error`: no connection came about. */
export interface ErrorEvent {
  url: string
  error: unknown
  context: ConnectContext
}

/** On `websocket-rs:close`: a connection is over. */
export interface CloseEvent {
  url: string
  connection: object
  closeCode: number
  closeReason: string
  wasClean: boolean
  /** Messages, bytes and system calls of its whole life. */
  stats: Stats
  context: ConnectContext
}

const connects = channel('websocket-rs:connect')
const opens = channel('websocket-rs:open')
const errors = channel('websocket-rs:error')
const closes = channel('websocket-rs:close')

/** Those of `tracingChannel('websocket-rs.connect')`. */
const tracing = {
  start: channel('tracing:websocket-rs.connect:start'),
  end: channel('tracing:websocket-rs.connect:end'),
  asyncStart: channel('tracing:websocket-rs.connect:asyncStart'),
  asyncEnd: channel('tracing:websocket-rs.connect:asyncEnd'),
  error: channel('tracing:websocket-rs.connect:error'),
}
const all = [connects, opens, errors, closes, ...Object.values(tracing)]

function isHeard(): boolean {
  return log.enabled || all.some((each) => each.hasSubscribers)
}

/** Publishes a message and runs a function with the stores that are bound to the channel. */
function runStores<T>(each: Channel, message: object, run: () => T): T {
  return each.hasSubscribers ? each.runStores(message, run) : run()
}

const log = debuglog('websocket-rs')

/**
 * A URL before, in and behind the zone of its IPv6 address, which the WHATWG's URLs have no place for. What is
 * like one before the authority's last `@` belongs to the credentials.
 */
const ZONE = /^([^/?#\\]*:[/\\]+(?:[^/?#\\]*@)?\[[^\]@/?#\\]*)(%25[^\]@/?#\\]*)(\][^@/?#\\]*(?:[/?#\\].*)?)$/s

/** The URL without credentials: of one that cannot be read, without whatever they may be. */
function shown(url: string): string {
  const [, before = url, zone = '', behind = ''] = ZONE.exec(url) ?? []
  try {
    const parsed = new URL(before + behind)
    parsed.username = ''
    parsed.password = ''
    const isOpaque = !parsed.pathname.startsWith('/')
    if (!isOpaque) return parsed.href.replace(']', `${zone}]`)
  } catch {
    // Below.
  }
  return url.replace(/^(\w[\w+.-]*:[/\\]+)?.*@/s, '$1')
}

/**
 * Tells of one `connect` and of its connection. Everything is published in the asynchronous context of the caller of
 * `connect`, in order: what happens while subscribers run is told after that.
 */
export class Attempt {
  readonly #url: string
  readonly #blocking: boolean
  readonly #start = now()
  /** The object for subscribers, once there are any. */
  #context: ConnectContext | undefined
  /** The context of the caller, with the stores that are bound to the channels; without subscribers none. */
  #scope: AsyncResource | undefined
  #isTelling = false
  #later: (() => void)[] | undefined
  /** Whether `open` or `error` has been told. */
  #isSettled = false
  /** The end of a connection that ended before it was told of. */
  #early: (() => void) | undefined

  constructor(url: string, blocking: boolean) {
    this.#url = url
    this.#blocking = blocking
  }

  /** Runs what connects: all of it for the blocking API, else what starts it. */
  run<T>(connect: () => T): T {
    if (!isHeard()) return connect()
    const context = this.#shared()
    const { url, blocking } = context
    if (log.enabled) log('connect %s', url)
    // Of a promise, the end comes after that of this function.
    this.#isTelling = !blocking
    const scoped = () => {
      this.#scope = new (asyncHooks().AsyncResource)('websocket-rs.connect')
      return connect()
    }
    try {
      return runStores(tracing.start, context, () => {
        try {
          return runStores(connects, { url, blocking, context } satisfies ConnectEvent, scoped)
        } finally {
          tracing.end.publish(context)
        }
      })
    } finally {
      this.#isTelling = false
      this.#tellLater()
    }
  }

  /** It came to this connection, which is given back. */
  succeed<T extends object>(connection: T): T {
    const duration = now() - this.#start
    this.#settle(() => {
      const context = this.#shared()
      const { url } = context
      context.result = connection
      if (!this.#blocking) tracing.asyncStart.publish(context)
      if (opens.hasSubscribers) opens.publish({ url, connection, duration, context } satisfies OpenEvent)
      if (!this.#blocking) tracing.asyncEnd.publish(context)
      if (log.enabled) log('open %s after %d ms', url, Math.round(duration))
    })
    if (this.#early !== undefined) this.#tell(this.#early)
    return connection
  }

  /** It failed for this, which is given back. */
  fail<T>(error: T): T {
    if (this.#isSettled) return error
    this.#settle(() => {
      const context = this.#shared()
      const { url } = context
      context.error = error
      tracing.error.publish(context)
      if (!this.#blocking) tracing.asyncStart.publish(context)
      if (errors.hasSubscribers) errors.publish({ url, error, context } satisfies ErrorEvent)
      if (!this.#blocking) tracing.asyncEnd.publish(context)
      if (log.enabled) log('no connection to %s: %s', url, error)
    })
    return error
  }

  /** Its connection is over. */
  close(connection: BaseConnection): void {
    if (!closes.hasSubscribers && !log.enabled) return
    const { closeCode = 1006, closeReason, wasClean } = connection
    const stats = connection.stats()
    const publish = () => {
      const context = this.#shared()
      const { url } = context
      closes.publish({
        url,
        connection,
        closeCode,
        closeReason,
        wasClean,
        stats,
        context,
      } satisfies CloseEvent)
      if (log.enabled)
        log('closed %s, code %d%s', url, closeCode, closeReason === '' ? '' : `: ${closeReason}`)
    }
    if (this.#isSettled) this.#tell(publish)
    else this.#early = publish
  }

  #shared(): ConnectContext {
    this.#context ??= { url: shown(this.#url), blocking: this.#blocking }
    return this.#context
  }

  #settle(publish: () => void): void {
    this.#isSettled = true
    if (isHeard()) this.#tell(publish)
  }

  #tell(publish: () => void): void {
    this.#later ??= []
    this.#later.push(publish)
    if (!this.#isTelling) this.#tellLater()
  }

  #tellLater(): void {
    this.#isTelling = true
    for (let publish = this.#later?.shift(); publish !== undefined; publish = this.#later?.shift()) {
      // What a subscriber throws is Node's to report, as an uncaught exception.
      if (this.#scope === undefined) publish()
      else this.#scope.runInAsyncScope(publish)
    }
    this.#isTelling = false
  }
}
