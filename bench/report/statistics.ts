/** Figures about figures. */

import * as simple from 'simple-statistics'

/** The value below which a part of the values lies; NaN of none. */
export function quantile(values: readonly number[], part: number): number {
  return values.length === 0 ? Number.NaN : simple.quantile(values as number[], part)
}

/** The middle value; NaN of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** An estimate with the interval that holds the truth with 95 % confidence, as far as the sample can tell. */
export interface Estimate {
  value: number
  low: number
  high: number
}

const RESAMPLES = 2000
/** Any number; always the same, so that the same samples give the same report. */
const SEED = 6455

/** mulberry32: small, and as random as resampling needs. */
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

/** The median and its bootstrap interval. */
export function medianEstimate(values: readonly number[]): Estimate {
  return bootstrap(values, median)
}

/**
 * The ratio of two medians and its bootstrap interval. The samples are of the same rounds, and rounds
 * are drawn, so that a moment in which the machine was slow for both widens nothing.
 */
export function ratioEstimate(numerator: readonly number[], denominator: readonly number[]): Estimate {
  if (numerator.length !== denominator.length) throw new Error('the samples are not of the same rounds')
  const rounds = numerator.map((_, round) => round)
  return bootstrap(rounds, (drawn) => {
    const of = (values: readonly number[]) => median(drawn.map((round) => values[round] as number))
    return of(numerator) / of(denominator)
  })
}
