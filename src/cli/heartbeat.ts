/** Pings of this side: their round trips, and a server that stops to answer. */

import { clearInterval, clearTimeout, now, setInterval, setTimeout, type Timer } from '../node/timers.js'

/** Time between pings, in ms. */
const INTERVAL = 15_000
/** Time without a pong after which the connection is lost, in ms. */
const TIMEOUT = 15_000
/** Fewest bytes of a ping: the number of the ping. */
const NUMBER_BYTES = 8

interface Pending {
  sentAt: number
  settle(latency: number | undefined): void
}

/** Sends pings, each with a number of its own, and finds the ping of a pong. */
export class Heartbeat {
  readonly #send: (payload: Buffer) => void
  readonly #expire: () => void
  readonly #interval: number
  readonly #timeout: number
  readonly #pending = new Map<bigint, Pending>()
  #next = 0n
  #timer: Timer | undefined
  /** The round trip of the last ping that was answered, in ms. */
  latency: number | undefined

  /**
   * @param expire called if a ping of the heartbeat is not answered in time
   * @param interval time between pings, in ms
   * @param timeout time that a pong may take, in ms
   */
  constructor(
    send: (payload: Buffer) => void,
    expire: () => void,
    interval: number = INTERVAL,
    timeout: number = TIMEOUT,
  ) {
    this.#send = send
    this.#expire = expire
    this.#interval = interval
    this.#timeout = timeout
  }

  /** Pings every few seconds. @param atOnce whether the first ping is sent now */
  start(atOnce: boolean): void {
    this.stop()
    const beat = () =>
      void this.ping(NUMBER_BYTES, this.#timeout).then((latency) => {
        if (latency === undefined && this.#timer === timer) this.#expire()
      })
    const timer = setInterval(beat, this.#interval)
    this.#timer = timer
    if (atOnce) beat()
  }

  /** Stops. Pings that are not answered yet are given up. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    for (const { settle } of [...this.#pending.values()]) settle(undefined)
  }

  /**
   * Sends one ping.
   *
   * @param size in bytes
   * @param timeout in ms
   * @returns the round trip in ms, or `undefined` if no pong came in time
   */
  ping(size: number, timeout: number): Promise<number | undefined> {
    const number = this.#next++
    const payload = Buffer.alloc(Math.max(size, NUMBER_BYTES))
    payload.writeBigUInt64BE(number)
    return new Promise((resolve) => {
      const timer = Number.isFinite(timeout) ? setTimeout(() => settle(undefined), timeout) : undefined
      const settle = (latency: number | undefined) => {
        clearTimeout(timer)
        this.#pending.delete(number)
        resolve(latency)
      }
      this.#pending.set(number, { sentAt: now(), settle })
      this.#send(payload)
    })
  }

  /** Settles the ping that a pong answers. Returns whether there is one. */
  handlePong(payload: Buffer): boolean {
    if (payload.length < NUMBER_BYTES) return false
    const pending = this.#pending.get(payload.readBigUInt64BE())
    if (pending === undefined) return false
    this.latency = now() - pending.sentAt
    pending.settle(this.latency)
    return true
  }
}
