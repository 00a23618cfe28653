/**
 * What connections say about themselves: channels of `node:diagnostics_channel`, and a log with
 * `NODE_DEBUG=websocket-rs`. Costs a look at a flag where nobody listens, and nothing for each message.
 */

import { channel } from 'node:diagnostics_channel'
import { debuglog } from 'node:util'
import type { BaseConnection, Stats } from './connection.js'
import { now } from './timers.js'

/** On `websocket-rs:connect`: a connection is asked for. */
export interface ConnectEvent {
  /** Without user name and password. */
  url: string
  /** Whether it is asked for by the blocking face. */
  blocking: boolean
}

/** On `websocket-rs:open`: a connection has opened. */
export interface OpenEvent {
  url: string
  /** A `Connection` or a `SyncConnection`. */
  connection: object
  /** Time all of connecting took, in ms. */
  duration: number
}

/** On `websocket-rs:error`: no connection came about. */
export interface ErrorEvent {
  url: string
  error: unknown
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
}

const connects = channel('websocket-rs:connect')
const opens = channel('websocket-rs:open')
const errors = channel('websocket-rs:error')
const closes = channel('websocket-rs:close')

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

/** One attempt to connect. */
export class Attempt {
  readonly #url: string
  readonly #start = now()

  constructor(url: string, blocking: boolean) {
    this.#url = url
    if (connects.hasSubscribers) connects.publish({ url: shown(url), blocking } satisfies ConnectEvent)
    if (log.enabled) log('connect %s', shown(url))
  }

  /** It came to this connection, which is given back. */
  succeed<T extends object>(connection: T): T {
    const duration = now() - this.#start
    if (opens.hasSubscribers)
      opens.publish({ url: shown(this.#url), connection, duration } satisfies OpenEvent)
    if (log.enabled) log('open %s after %d ms', shown(this.#url), Math.round(duration))
    return connection
  }

  /** It failed for this, which is given back. */
  fail<T>(error: T): T {
    if (errors.hasSubscribers) errors.publish({ url: shown(this.#url), error } satisfies ErrorEvent)
    if (log.enabled) log('no connection to %s: %s', shown(this.#url), error)
    return error
  }
}

/** A connection is over. */
export function reportClose(connection: BaseConnection): void {
  if (!closes.hasSubscribers && !log.enabled) return
  const { closeCode = 1006, closeReason, wasClean } = connection
  const url = shown(connection.url)
  const event: CloseEvent = { url, connection, closeCode, closeReason, wasClean, stats: connection.stats() }
  closes.publish(event)
  log('closed %s, code %d%s', url, closeCode, closeReason === '' ? '' : `: ${closeReason}`)
}
