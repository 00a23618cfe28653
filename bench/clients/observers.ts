/** Times of single messages. */

import { quantile } from '../report/statistics.js'
import type { Observer } from './client.js'
import type { Entry, Latency } from './job.js'

/** What looks on while a cell is measured, and adds figures to its entry. */
export interface Watch {
  observer?: Observer
  /** The warm-up is over. */
  start(): void
  figures(messages: number): Partial<Entry>
}

function latencyOf(times: number[]): Latency {
  return { p50: quantile(times, 0.5), p90: quantile(times, 0.9), p99: quantile(times, 0.99) }
}

/** Round trips, one message under way at a time. */
export class RoundTrips implements Watch, Observer {
  readonly observer = this
  readonly #times: number[] = []
  #sentAt = 0

  sent(): void {
    this.#sentAt = performance.now()
  }

  received(): void {
    this.#times.push((performance.now() - this.#sentAt) * 1000)
  }

  start(): void {
    this.#times.length = 0
  }

  figures(): Partial<Entry> {
    return { latency: latencyOf(this.#times) }
  }
}

/** The way to the server and the way back, by the server's times before each echo. */
export class Ways implements Watch, Observer {
  readonly observer = this
  readonly #now: () => bigint
  readonly #toServer: number[] = []
  readonly #toClient: number[] = []
  readonly #trips: number[] = []
  #sentAt = 0n

  constructor(now: () => bigint) {
    this.#now = now
  }

  sent(): void {
    this.#sentAt = this.#now()
  }

  received(data: unknown): void {
    const now = this.#now()
    const bytes = ArrayBuffer.isView(data) ? data : new Uint8Array(data as ArrayBuffer)
    const times = new DataView(bytes.buffer, bytes.byteOffset)
    this.#toServer.push(Number(times.getBigUint64(0) - this.#sentAt) / 1000)
    this.#toClient.push(Number(now - times.getBigUint64(8)) / 1000)
    this.#trips.push(Number(now - this.#sentAt) / 1000)
  }

  start(): void {
    for (const times of [this.#toServer, this.#toClient, this.#trips]) times.length = 0
  }

  figures(): Partial<Entry> {
    const [toServer, toClient] = [quantile(this.#toServer, 0.5), quantile(this.#toClient, 0.5)]
    if (toServer < 0 || toClient < 0) throw new Error('server and client do not read the same clock')
    return { toServer, toClient, latency: latencyOf(this.#trips) }
  }
}
