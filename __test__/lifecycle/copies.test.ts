// The package evaluated several times in one process: by test runners, in contexts, in Workers, installed twice.

import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run, success } from '../support/program.js'

const program = (name: string) => new URL(`./programs/${name}.mjs`, import.meta.url)
const FLAGS = ['--expose-gc']
/** Ways in which a copy can be dropped, and one in which Node keeps it. */
const DROPPED = ['cleared', 'reloaded', 'context']
const WAYS = [...DROPPED, 'installed']
const TIMEOUT = 120_000

const urls = ['/echo', '/slow?delay=500', '/hang'].map((path) => peer.ws + path)

const several = (what: string, ways: string[]) =>
  run(program('several-copies'), [what, ...urls, ...ways], FLAGS)

describe.each(WAYS)('copies: %s', (way) => {
  test.each(['talk', 'nested'])('two with connections at once: %s', async (what) => {
    expect(await several(what, [way, way])).toEqual(success('done'))
  })
})

describe.each(DROPPED)('copies: %s', (way) => {
  test.each(['dropped', 'dropped-blocking', 'failed'])(
    'one that is dropped is collected: %s',
    async (what) => {
      expect(await several(what, [way])).toEqual(success('done'))
    },
  )
})

test('copies of every kind have connections at once', async () => {
  expect(await several('talk', [...WAYS, ...WAYS])).toEqual(success('done'))
})

test('copies of different kinds call each other', async () => {
  expect(await several('nested', ['cleared', 'installed'])).toEqual(success('done'))
  expect(await several('nested', ['installed', 'context'])).toEqual(success('done'))
})

test.each([
  ['cleared', 'context'],
  ['installed', 'installed'],
])('a signal ends blocked calls of two copies that are nested in each other: %s, %s', async (...copies) => {
  expect(await several('signals', copies)).toEqual(success('done'))
})

test('many copies have connections at once, and Node warns of nothing', async () => {
  expect(await several('talk', Array(15).fill('cleared'))).toEqual(success('done'))
})

test('a process ends with copies that have open connections', async () => {
  expect(await several('exit', WAYS)).toEqual(success('done'))
})

test(
  'Workers with copies are terminated, and the process works on',
  async () => {
    expect(await several('workers', DROPPED)).toEqual(success('done'))
  },
  TIMEOUT,
)

test.each(DROPPED)(
  'three hundred copies, one after the other, leave nothing behind: %s',
  async (way) => {
    const { lines, ...ending } = await run(program('many-copies'), [way, `${peer.ws}/echo`], FLAGS)
    expect({ ...ending, lines: [] }).toEqual(success())
    const { left, grown } = JSON.parse(lines[0] as string)
    // A copy takes 200 KB of JavaScript's memory and 50 KB of Buffers: 200 of them would be 40 and 10 MB.
    expect(left).toBeLessThan(20)
    expect(grown.heapUsed).toBeLessThan(10_000_000)
    expect(grown.arrayBuffers).toBeLessThan(5_000_000)
    expect(grown.rss).toBeLessThan(30_000_000)
  },
  TIMEOUT,
)
