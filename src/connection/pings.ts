/** Pings whose pong has not come (RFC 6455 section 5.5.3). */

import { AbortError } from '../errors/classes.js'
import { own, type Timers } from '../node/timers.js'
import type { Wait } from '../options/wait.js'
import { withCallerStack } from './caller-stack.js'
import { unansweredError } from './unanswered.js'
import { Waiters } from './waiters.js'

const aborted = (reason: unknown) => new AbortError(reason)

interface Ping {
  readonly key: string
  readonly sentAt: number
  isPending: boolean
  /** The ping of the same payload that was pending when this one was sent. */
  before: Ping | undefined
}

/** Returns the latest of these pings that is pending. */
function latestPending(latest: Ping | undefined): Ping | undefined {
  let ping = latest
  while (ping !== undefined && !ping.isPending) ping = ping.before
  return ping
}

/** The pings of one connection. */
export class Pings {
  readonly #transmit: (payload: Buffer) => number
  readonly #timers: Timers
  readonly #waiters: Waiters<number>
  /** The latest ping by its payload. */
  readonly #latest = new Map<string, Ping>()
  #counter = 0

  /**
   * @param transmit passes a ping to native code; returns a negative number if the connection has ended
   * @param readFirst see {@link Waiters}
   * @param expired makes the error of a ping whose deadline has passed
   */
  constructor(
    transmit: (payload: Buffer) => number,
    timers: Timers = own,
    readFirst?: () => void,
    expired: (wait: Wait) => Error = unansweredError,
  ) {
    this.#transmit = transmit
    this.#timers = timers
    this.#waiters = new Waiters(expired, timers, readFirst)
  }

  /** Sends a ping and resolves with its round trip in ms. Returns `undefined` if the connection has ended. */
  send(data: Buffer | undefined, wait: Wait): Promise<number> | undefined {
    const payload = data ?? this.#nextPayload()
    if (this.#transmit(payload) < 0) return undefined
    const ping = this.#note(payload.toString('latin1'))
    return new Promise((resolve) => {
      const answered = (at: number) => {
        this.#forget(ping)
        resolve(at - ping.sentAt)
      }
      const rejected = (error: Error) => {
        this.#forget(ping)
        resolve(withCallerStack(error))
      }
      this.#waiters.add(answered, rejected, wait, aborted)
    })
  }

  /**
   * Settles the ping that a pong answers and the pings before it, because a peer may answer only the latest one.
   * Returns the round trip in ms, or `undefined` if the pong answers none.
   */
  settle(payload: Buffer): number | undefined {
    const ping = this.#latest.get(payload.toString('latin1'))
    if (ping === undefined) return undefined
    const now = this.#timers.now()
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) {
      waiter.resolve(now)
      if (!ping.isPending) break
    }
    return now - ping.sentAt
  }

  /** Rejects all pending pings. */
  rejectAll(error: () => Error): void {
    this.#waiters.rejectAll(error)
  }

  #note(key: string): Ping {
    const before = this.#latest.get(key)
    // Drops those that are settled, so that the chain stays short.
    if (before !== undefined) before.before = latestPending(before.before)
    const ping: Ping = { key, sentAt: this.#timers.now(), isPending: true, before }
    this.#latest.set(key, ping)
    return ping
  }

  #forget(ping: Ping): void {
    ping.isPending = false
    const { key } = ping
    if (this.#latest.get(key) !== ping) return
    const latest = latestPending(ping.before)
    if (latest === undefined) this.#latest.delete(key)
    else this.#latest.set(key, latest)
  }

  #nextPayload(): Buffer {
    const payload = Buffer.alloc(4)
    this.#counter = (this.#counter + 1) >>> 0
    payload.writeUInt32BE(this.#counter)
    return payload
  }
}
