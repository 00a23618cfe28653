/** Pings that wait for their pong (RFC 6455 section 5.5.3). */

import { AbortError, TimeoutError } from '../errors/classes.js'
import { own, type Timers } from '../node/timers.js'
import { type Wait, Waiters } from './waiters.js'

const expired = () => new TimeoutError('ERR_WS_PING_TIMEOUT', 'open', 'no pong came within the timeout')
const aborted = (reason: unknown) => new AbortError(reason)

interface Ping {
  readonly key: string
  readonly sentAt: number
  isWaiting: boolean
  /** One of the same payload that was waiting when this one was sent. */
  before: Ping | undefined
}

/** The latest of these pings that still waits. */
function waiting(latest: Ping | undefined): Ping | undefined {
  let ping = latest
  while (ping !== undefined && !ping.isWaiting) ping = ping.before
  return ping
}

/** The pings of one connection. */
export class Pings {
  readonly #transmit: (payload: Buffer) => number
  readonly #timers: Timers
  readonly #waiters: Waiters<number>
  /** The latest ping of each payload. */
  readonly #latest = new Map<string, Ping>()
  #counter = 0

  /**
   * @param transmit gives a ping to native code; negative if the connection is over
   * @param look see {@link Waiters}
   */
  constructor(transmit: (payload: Buffer) => number, timers: Timers = own, look?: () => void) {
    this.#transmit = transmit
    this.#timers = timers
    this.#waiters = new Waiters(expired, timers, look)
  }

  /** Sends a ping; `undefined` if the connection is over. */
  send(data: Buffer | undefined, wait: Wait): Promise<number> | undefined {
    const payload = data ?? this.#nextPayload()
    if (this.#transmit(payload) < 0) return undefined
    const ping = this.#note(payload.toString('latin1'))
    return new Promise((resolve, reject) => {
      const answered = (at: number) => {
        this.#forget(ping)
        resolve(at - ping.sentAt)
      }
      const rejected = (error: Error) => {
        this.#forget(ping)
        reject(error)
      }
      this.#waiters.add(answered, rejected, wait, aborted)
    })
  }

  /**
   * A pong came. It answers the ping of its payload and, as a peer may answer only the latest, those
   * before it. The round trip in ms, or `undefined` if it answers none of these.
   */
  settle(payload: Buffer): number | undefined {
    const ping = this.#latest.get(payload.toString('latin1'))
    if (ping === undefined) return undefined
    const now = this.#timers.now()
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) {
      waiter.resolve(now)
      if (!ping.isWaiting) break
    }
    return now - ping.sentAt
  }

  /** No pong will come any more. */
  rejectAll(error: () => Error): void {
    this.#waiters.rejectAll(error)
  }

  #note(key: string): Ping {
    const before = this.#latest.get(key)
    // Those that wait no more are let go, so that the chain ends.
    if (before !== undefined) before.before = waiting(before.before)
    const ping: Ping = { key, sentAt: this.#timers.now(), isWaiting: true, before }
    this.#latest.set(key, ping)
    return ping
  }

  #forget(ping: Ping): void {
    ping.isWaiting = false
    const { key } = ping
    if (this.#latest.get(key) !== ping) return
    const latest = waiting(ping.before)
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
