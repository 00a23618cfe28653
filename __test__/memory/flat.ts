/** Compares what a program holds at two times. */

import { expect } from 'vitest'

export const MIB = 1024 * 1024

/** What a process holds at one moment: sizes in bytes, and counts. */
export type Sample = Record<string, number>

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Returns the mean of a figure in the second quarter of the samples, after the warm-up, and in the last quarter. */
export function quarters(samples: Sample[], figure: string): [before: number, after: number] {
  const values = samples.map((sample) => sample[figure] as number)
  const quarter = values.length / 4
  return [mean(values.slice(quarter, 2 * quarter)), mean(values.slice(3 * quarter))]
}

/** Returns a line of text for each figure that has a bound. */
export function describeGrowth(samples: Sample[], bounds: Sample): string[] {
  return Object.entries(bounds).map(([figure, bound]) => {
    const inMib = bound >= MIB
    const shown = quarters(samples, figure).map((value) => (inMib ? value / MIB : value).toFixed(1))
    return `  ${figure.padEnd(9)} ${shown.join(' -> ')}${inMib ? ' MiB' : ''}`
  })
}

/** Checks that the mean of the last quarter exceeds that of the second one by no more than the bounds. */
export function expectFlat(samples: Sample[], bounds: Sample, api: string): void {
  for (const [figure, bound] of Object.entries(bounds)) {
    const [before, after] = quarters(samples, figure)
    expect(after - before, `${figure} of ${api}`).toBeLessThanOrEqual(bound)
  }
}
