/** Quantiles, and medians and ratios with bootstrap intervals. */

import * as simple from 'simple-statistics'

/** Returns a quantile, or NaN if there are no values. */
export function quantile(values: readonly number[], part: number): number {
  return values.length === 0 ? Number.NaN : simple.quantile(values as number[], part)
}

/** Returns the median, or NaN if there are no values. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** An estimate with its 95 % confidence interval. */
export interface Estimate {
  value: number
  low: number
  high: number
}

const RESAMPLES = 2000
/** A constant, so that the same samples give the same report. */
const SEED = 6455

/** mulberry32, a small generator of sufficient quality for resampling. Returns numbers from 0 to 1. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function bootstrap(rounds: readonly number[], statistic: (rounds: number[]) => number): Estimate {
  const random = randomFrom(SEED)
  const values = Array.from({ length: RESAMPLES }, () =>
    statistic(simple.sampleWithReplacement(rounds as number[], rounds.length, random)),
  )
  const all = rounds as number[]
  return { value: statistic(all), low: quantile(values, 0.025), high: quantile(values, 0.975) }
}

/** Returns the median with its bootstrap interval. */
export function medianEstimate(values: readonly number[]): Estimate {
  return bootstrap(values, median)
}

/**
 * Returns the ratio of two medians with its bootstrap interval. Both samples are from the same rounds and rounds are
 * resampled, so a round in which the machine was slow for both does not widen the interval.
 */
export function ratioEstimate(numerator: readonly number[], denominator: readonly number[]): Estimate {
  if (numerator.length !== denominator.length) throw new Error('the samples are not from the same rounds')
  const rounds = numerator.map((_, round) => round)
  return bootstrap(rounds, (drawn) => {
    const of = (values: readonly number[]) => median(drawn.map((round) => values[round] as number))
    return of(numerator) / of(denominator)
  })
}
