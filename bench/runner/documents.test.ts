/** Tests the JSON texts of compressed cells. */

import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { documentsOf } from './documents.js'

describe.each([512, 1024, 16_384, 65_536, 1_048_576])('texts of %d bytes', (size) => {
  const documents = documentsOf(size)

  test('are different JSON texts of this size', () => {
    expect(new Set(documents).size).toBe(documents.length)
    for (const text of documents) {
      expect(Buffer.byteLength(text)).toBe(size)
      expect(JSON.parse(text)).toBeTypeOf('object')
    }
  })

  test('are the same in each run', () => {
    expect(documentsOf(size)).toEqual(documents)
  })

  test('do not fit into a window of deflate together, and compress as JSON does', () => {
    const all = Buffer.from(documents.join(''))
    expect(all.length).toBeGreaterThanOrEqual(128 * 1024)
    const ratio = all.length / deflateRawSync(all).length
    expect(ratio).toBeGreaterThan(2)
    expect(ratio).toBeLessThan(6)
  })
})
