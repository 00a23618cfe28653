/** Latencies: a histogram with three significant digits, and its picture. */

import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Style } from '../style.js'
import { formatCount, formatTime } from '../values.js'

/** The percentiles that are reported. */
const PERCENTILES = [50, 90, 99, 99.9, 99.99] as const

/** Longest latency that is told from longer ones: an hour, in ns. */
const MOST = 3_600_000_000_000
/** Bounds of the bars in each power of ten: 1, 2 and 5. */
const STEPS = [1, 2, 5]
/** Smallest bound, in ms. */
const SMALLEST = 0.001
/** Longest bar, in characters. */
const BAR = 40

/** Returns the number of the bar of a latency: 0 below 1 µs, then one for each bound. */
function barOf(ms: number): number {
  if (ms < SMALLEST) return 0
  const power = Math.floor(Math.log10(ms / SMALLEST) + 1e-9)
  const leading = ms / (SMALLEST * 10 ** power)
  return power * STEPS.length + STEPS.filter((step) => leading >= step - 1e-9).length
}

/** Returns the upper bound of a bar, in ms. */
function boundOf(bar: number): number {
  return SMALLEST * 10 ** Math.floor(bar / STEPS.length) * (STEPS[bar % STEPS.length] as number)
}

/** What is reported of latencies, in ms. */
export interface LatencySummary {
  min: number
  mean: number
  max: number
  deviation: number
  /** By percentile, such as `99.9`. */
  percentiles: Record<string, number>
  /** Counts of latencies below each bound and at or above the one before, without empty ones. */
  buckets: { below: number; count: number }[]
}

/** Records latencies. */
export class Latencies {
  readonly #histogram: RecordableHistogram = createHistogram({ lowest: 1, highest: MOST, figures: 3 })
  readonly #bars: number[] = []

  get count(): number {
    return this.#histogram.count
  }

  /** Adds a latency. @param ms in ms */
  add(ms: number): void {
    this.#histogram.record(Math.min(Math.max(Math.round(ms * 1e6), 1), MOST))
    const bar = barOf(ms)
    this.#bars[bar] = (this.#bars[bar] ?? 0) + 1
  }

  /** Returns a percentile, in ms. */
  percentile(percent: number): number {
    return this.#histogram.percentile(percent) / 1e6
  }

  /** Returns what is reported, or `null` if there is no latency. */
  summary(): LatencySummary | null {
    if (this.count === 0) return null
    const { min, mean, max, stddev } = this.#histogram
    const buckets = [...this.#bars].flatMap((count = 0, bar) =>
      count === 0 ? [] : [{ below: boundOf(bar), count }],
    )
    return {
      ...{ min: min / 1e6, mean: mean / 1e6, max: max / 1e6, deviation: stddev / 1e6 },
      percentiles: Object.fromEntries(PERCENTILES.map((each) => [each, this.percentile(each)])),
      buckets,
    }
  }
}

/** Returns a latency summary as lines: percentiles, then bars. */
export function drawLatencies(
  { min, mean, max, percentiles, buckets }: LatencySummary,
  style: Style,
): string[] {
  const most = Math.max(...buckets.map(({ count }) => count))
  const rows = buckets.map(({ below, count }) => {
    const length = Math.max(Math.round((count / most) * BAR), 1)
    return `  < ${formatTime(below).padStart(8)}  ${style('bar', '█'.repeat(length).padEnd(BAR))} ${formatCount(count)}`
  })
  const named = Object.entries(percentiles).map(([percent, time]) => `p${percent} ${formatTime(time)}`)
  return [
    `latency: min ${formatTime(min)}, mean ${formatTime(mean)}, max ${formatTime(max)}`,
    `         ${named.join(', ')}`,
    ...rows,
  ]
}
