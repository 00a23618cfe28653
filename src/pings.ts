/** Pings that wait for their pong (RFC 6455 section 5.5.3). */

import { AbortError, TimeoutError } from './errors.js'
import { type Wait, Waiters } from './waiters.js'

const expired = () => new TimeoutError('ERR_WS_PING_TIMEOUT', 'open', 'no pong came within the timeout')
const aborted = (reason: unknown) => new AbortError(reason)

interface Ping {
  payload: Buffer
  sentAt: number
}

/** The pings of one connection. */
export class Pings {
  readonly #transmit: (payload: Buffer) => number
  readonly #waiting = new Map<Ping, Waiters<number>>()
  #counter = 0

  /** @param transmit gives a ping to native code; negative where the connection is over */
  constructor(transmit: (payload: Buffer) => number) {
    this.#transmit = transmit
  }

  /** Sends a ping; `undefined` where the connection is over. */
  send(data: Buffer | undefined, wait: Wait): Promise<number> | undefined {
    const payload = data ?? this.#nextPayload()
    if (this.#transmit(payload) < 0) return undefined
    const ping = { payload, sentAt: performance.now() }
    return new Promise((resolve, reject) => {
      const waiter = new Waiters<number>(expired)
      this.#waiting.set(ping, waiter)
      const rejected = (error: Error) => {
        this.#waiting.delete(ping)
        reject(error)
      }
      waiter.add(resolve, rejected, wait, aborted)
    })
  }

  /**
   * A pong came. It answers the ping of its payload and, as a peer may answer only the latest, those
   * before it. The round trip in ms, or `undefined` where it answers none of these.
   */
  settle(payload: Buffer): number | undefined {
    const answered = [...this.#waiting.keys()].reverse().find((ping) => ping.payload.equals(payload))
    if (answered === undefined) return undefined
    const now = performance.now()
    for (const [ping, waiter] of this.#waiting) {
      this.#waiting.delete(ping)
      waiter.shift()?.resolve(now - ping.sentAt)
      waiter.rejectAll(expired)
      if (ping === answered) break
    }
    return now - answered.sentAt
  }

  /** No pong will come any more. */
  rejectAll(error: () => Error): void {
    for (const waiter of [...this.#waiting.values()]) waiter.rejectAll(error)
  }

  #nextPayload(): Buffer {
    const payload = Buffer.alloc(4)
    this.#counter = (this.#counter + 1) >>> 0
    payload.writeUInt32BE(this.#counter)
    return payload
  }
}
