/** Whether a program holds more than it did. */

import { expect } from 'vitest'

export const MIB = 1024 * 1024

/** What a process held at one moment: bytes, or numbers of things. */
export type Sample = Record<string, number>

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The mean of a figure in the second quarter, after warming up, and in the last. */
export function quarters(samples: Sample[], figure: string): [before: number, after: number] {
  const values = samples.map((sample) => sample[figure] as number)
  const quarter = values.length / 4
  return [mean(values.slice(quarter, 2 * quarter)), mean(values.slice(3 * quarter))]
}

/** A line for each figure that has a bound. */
export function describeGrowth(samples: Sample[], bounds: Sample): string[] {
  return Object.entries(bounds).map(([figure, bound]) => {
    const inMib = bound >= MIB
    const shown = quarters(samples, figure).map((value) => (inMib ? value / MIB : value).toFixed(1))
    return `  ${figure.padEnd(9)} ${shown.join(' -> ')}${inMib ? ' MiB' : ''}`
  })
}

/** Expects the last quarter to hold no more above the second one, on average, than the bounds let it. */
export function expectFlat(samples: Sample[], bounds: Sample, face: string): void {
  for (const [figure, bound] of Object.entries(bounds)) {
    const [before, after] = quarters(samples, figure)
    expect(after - before, `${figure} of ${face}`).toBeLessThanOrEqual(bound)
  }
}
