/** Tests the statistics of the benchmark against known figures. */

import { describe, expect, test } from 'vitest'
import { median, medianEstimate, quantile, randomFrom, ratioEstimate } from './statistics.js'

describe('median and quantiles', () => {
  test('of an odd and an even number of values, in any order', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })

  test('the ends are the smallest and the largest value', () => {
    expect(quantile([5, 9, 1], 0)).toBe(1)
    expect(quantile([5, 9, 1], 1)).toBe(9)
  })

  test('are NaN if there are no values', () => {
    expect(median([])).toBeNaN()
  })

  test('do not reorder the values', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })
})

describe('the random generator', () => {
  test('gives the same numbers for the same seed, and others for another seed', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, randomFrom(seed))
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })

  test('fills the range from 0 to 1 evenly', () => {
    const random = randomFrom(7)
    const tenths = new Array<number>(10).fill(0)
    for (let drawn = 0; drawn < 10_000; drawn++) {
      const tenth = Math.floor(random() * 10)
      tenths[tenth] = (tenths[tenth] ?? 0) + 1
    }
    expect(Math.min(...tenths)).toBeGreaterThan(900)
    expect(Math.max(...tenths)).toBeLessThan(1100)
  })
})

describe('the bootstrap interval', () => {
  /** Returns normally distributed values, each a sum of twelve uniform numbers. */
  function sample(length: number, mean: number, seed: number): number[] {
    const random = randomFrom(seed)
    const once = () => Array.from({ length: 12 }, random).reduce((sum, value) => sum + value, -6)
    return Array.from({ length }, () => mean + once())
  }

  test('has no width if all values are equal', () => {
    expect(medianEstimate([4, 4, 4, 4])).toEqual({ value: 4, low: 4, high: 4 })
  })

  test('contains the median of the distribution in about 95 of 100 samples', () => {
    const hits = Array.from({ length: 100 }, (_, seed) => medianEstimate(sample(31, 50, seed))).filter(
      ({ low, high }) => low <= 50 && high >= 50,
    )
    expect(hits.length).toBeGreaterThanOrEqual(88)
    expect(hits.length).toBeLessThanOrEqual(100)
  })

  test('narrows with more values', () => {
    const width = (length: number) => {
      const { low, high } = medianEstimate(sample(length, 50, 3))
      return high - low
    }
    expect(width(201)).toBeLessThan(width(11) / 2)
  })

  test('is the same for the same values', () => {
    const values = sample(9, 10, 1)
    expect(medianEstimate(values)).toEqual(medianEstimate(values))
  })
})

describe('the ratio of two medians', () => {
  test('is that of the whole samples and inside its interval', () => {
    const { value, low, high } = ratioEstimate([20, 22, 21, 19, 23], [10, 11, 10, 9, 12])
    expect(value).toBe(2.1)
    expect(low).toBeLessThanOrEqual(2.1)
    expect(high).toBeGreaterThanOrEqual(2.1)
  })

  test('has no wider interval if the machine was slow for both in a round', () => {
    const slow = [1, 1, 3, 1, 2, 1, 1]
    const { value, low, high } = ratioEstimate(
      slow.map((times) => 10 * times),
      slow.map((times) => 5 * times),
    )
    expect({ value, low, high }).toEqual({ value: 2, low: 2, high: 2 })
  })

  test('throws if the samples are from different rounds', () => {
    expect(() => ratioEstimate([1, 2], [1])).toThrow('same rounds')
  })
})
