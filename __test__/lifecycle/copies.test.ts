// Several copies of the package in one process: evaluated again by test runners, in vm contexts, in Workers, or installed
// twice.

import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run, success } from '../support/program.js'

const program = (name: string) => new URL(`./programs/${name}.mjs`, import.meta.url)
const FLAGS = ['--expose-gc']
/** Ways to load a copy that can be dropped. */
const DROPPABLE = ['cleared', 'reloaded', 'context']
/** Node keeps an installed copy. */
const WAYS = [...DROPPABLE, 'installed']
const TIMEOUT = 120_000

const urls = ['/echo', '/slow?delay=500', '/hang'].map((path) => peer.ws + path)

const several = (what: string, ways: string[]) =>
  run(program('several-copies'), [what, ...urls, ...ways], FLAGS)

describe.each(WAYS)('copies loaded as %s', (way) => {
  test.each(['echo', 'nested'])('use connections at the same time: %s', async (what) => {
    expect(await several(what, [way, way])).toEqual(success('done'))
  })
})

describe.each(DROPPABLE)('a copy loaded as %s', (way) => {
  test.each(['dropped', 'dropped-blocking', 'failed'])(
    'is collected after it is dropped: %s',
    async (what) => {
      expect(await several(what, [way])).toEqual(success('done'))
    },
  )
})

test('copies loaded in every way use connections at the same time', async () => {
  expect(await several('echo', [...WAYS, ...WAYS])).toEqual(success('done'))
})

test('copies loaded in different ways call each other', async () => {
  expect(await several('nested', ['cleared', 'installed'])).toEqual(success('done'))
  expect(await several('nested', ['installed', 'context'])).toEqual(success('done'))
})

test.each([
  ['cleared', 'context'],
  ['installed', 'installed'],
])('a signal ends nested blocked calls of two copies: %s, %s', async (...copies) => {
  expect(await several('signals', copies)).toEqual(success('done'))
})

test('15 copies use connections at the same time without a warning of Node', async () => {
  expect(await several('echo', Array(15).fill('cleared'))).toEqual(success('done'))
})

test('copies that have loaded the library more than once share a listener of exit', async () => {
  expect(await several('listeners', DROPPABLE)).toEqual(success('done'))
})

test('the process exits while copies have open connections', async () => {
  expect(await several('exit', WAYS)).toEqual(success('done'))
})

test(
  'the process continues after Workers with copies are terminated',
  async () => {
    expect(await several('workers', DROPPABLE)).toEqual(success('done'))
  },
  TIMEOUT,
)

test.each(DROPPABLE)(
  '300 copies loaded one after another do not accumulate: %s',
  async (way) => {
    const { lines, ...ending } = await run(program('many-copies'), [way, `${peer.ws}/echo`], FLAGS)
    expect({ ...ending, lines: [] }).toEqual(success())
    const { left, grown } = JSON.parse(lines[0] as string)
    // A copy takes 200 KB of the heap and 50 KB of Buffers, so 200 retained copies would take 40 and 10 MB.
    expect(left).toBeLessThan(20)
    expect(grown.heapUsed).toBeLessThan(10_000_000)
    expect(grown.arrayBuffers).toBeLessThan(5_000_000)
    expect(grown.rss).toBeLessThan(30_000_000)
  },
  TIMEOUT,
)
