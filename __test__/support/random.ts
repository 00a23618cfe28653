/** Checks that bytes look random: handshake and masking keys must be unpredictable (RFC 6455 sections 4.1, 5.3). */

import { expect } from 'vitest'

/** The allowed deviation of a count, in standard deviations: one bit in ten million exceeds it by chance. */
const TOLERANCE = 5.3

function bitsOf(sample: Uint8Array): number[] {
  return [...sample].flatMap((byte) => Array.from({ length: 8 }, (_, bit) => (byte >> bit) & 1))
}

/**
 * Expects that each bit is set in about half of the samples, and differs from the previous sample about as often. A
 * counter, a constant with a few random bytes, or a generator that repeats itself fails the check.
 */
export function expectRandom(samples: readonly Uint8Array[]): void {
  expect(new Set(samples.map((sample) => Buffer.from(sample).toString('hex'))).size).toBe(samples.length)
  const rows = samples.map(bitsOf)
  const changes = rows.slice(1).map((row, at) => row.map((bit, place) => bit ^ (rows[at]?.[place] ?? 0)))
  for (const table of [rows, changes]) {
    const spread = (TOLERANCE * Math.sqrt(table.length)) / 2
    for (let place = 0; place < (table[0]?.length ?? 0); place += 1) {
      const count = table.reduce((sum, row) => sum + (row[place] ?? 0), 0)
      expect(Math.abs(count - table.length / 2), `bit ${place}`).toBeLessThan(spread)
    }
  }
}
