/** Probes take further figures while a cell is measured: the round trip or the one-way times of each message. */

import { quantile } from '../report/statistics.js'
import type { Observer } from './adapter.js'
import type { Entry, Latency } from './job.js'

/** Takes figures during a cell and adds them to its entry. */
export interface Probe {
  observer?: Observer
  /** Called when the warm-up is over. */
  start(): void
  figures(messages: number): Partial<Entry>
}

function latencyOf(times: number[]): Latency {
  return { p50: quantile(times, 0.5), p90: quantile(times, 0.9), p99: quantile(times, 0.99) }
}

/** Measures round trips with one message in flight. */
export class RoundTripProbe implements Probe, Observer {
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

/** Measures the time to the server and the time back, from the two timestamps before each echo. */
export class OneWayProbe implements Probe, Observer {
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
    if (toServer < 0 || toClient < 0) throw new Error('client and server read different clocks')
    return { toServer, toClient, latency: latencyOf(this.#trips) }
  }
}
