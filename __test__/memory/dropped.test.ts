// Messages that nobody keeps are collected in time, although V8 looks at little of what they take.

import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'

const program = new URL('./programs/dropped.mjs', import.meta.url)
/**
 * 32 MB is what V8 of Node 20 and 22 lets pile up by itself, this is half as much again. From Node 24 on it would be 80:
 * what `make` in src/native/slabs.ts does about that is seen here where the tests run on such a Node (`make test-nodes`).
 */
const BOUND = 48 * 1024 * 1024

async function peakOf(face: string, size: number, want: number): Promise<number> {
  const url = `${peer.ws}/source?count=0&size=${size}`
  const ending = await run(program, [face, url, String(want)])
  expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' })
  return (JSON.parse(ending.lines[0] as string) as { peak: number }).peak
}

describe.each(['websocket-rs', 'websocket-rs/sync'])('%s', (face) => {
  test.each([
    [65_536, 5000],
    [1024, 200_000],
  ])('dropped messages of %d bytes do not pile up', async (size, want) => {
    expect(await peakOf(face, size, want)).toBeLessThanOrEqual(BOUND)
  })
})
