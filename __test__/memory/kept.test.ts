// How much memory a kept message retains: the bounds of "Memory of received messages" in docs/api.md.

import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'

const program = new URL('./programs/kept.mjs', import.meta.url)
const KIB = 1024
/** The size of a slab, and that of Node's pool for small Buffers. */
const SLAB = 65 * KIB
const POOL = 8 * KIB
/** The current slab and pool, and what Node itself holds outside the heap. */
const SLACK = 1024 * KIB

interface Kept {
  count: number
  intact: boolean
  growth: number
}

async function keep(api: string, source: string, every: number, want: number, copy = ''): Promise<Kept> {
  const url = `${peer.ws}/source?count=0&${source}`
  const ending = await run(program, [api, url, String(every), String(want), copy], ['--expose-gc'])
  expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' })
  const kept = JSON.parse(ending.lines[0] as string) as Kept
  expect(kept.intact).toBe(true)
  expect(kept.count).toBeGreaterThanOrEqual(want)
  return kept
}

describe.each(['websocket-rs', 'websocket-rs/sync'])('%s', (api) => {
  test('keeping one of 5000 small messages retains one slab', async () => {
    const { count, growth } = await keep(api, 'size=64', 5000, 200)
    expect(growth).toBeLessThanOrEqual(count * SLAB + SLACK)
  })

  test('messages kept together share slabs', async () => {
    const { count, growth } = await keep(api, 'size=64', 1, 100_000)
    expect(growth).toBeLessThanOrEqual(count * 64 + SLACK)
  })

  test('keeping one of 5 messages of 64 KiB retains one slab', async () => {
    const { count, growth } = await keep(api, 'size=65536', 5, 100)
    expect(growth).toBeLessThanOrEqual(count * SLAB + SLACK)
  })

  test('a larger message retains only its own memory', async () => {
    const { count, growth } = await keep(api, 'size=66561', 5, 100)
    expect(growth).toBeLessThanOrEqual(count * 66_561 + SLACK)
  })

  test('a copy of a small message retains no slab', async () => {
    const { count, growth } = await keep(api, 'size=64', 5000, 200, 'copied')
    expect(growth).toBeLessThanOrEqual(count * POOL + SLACK)
  })

  test('a text message retains no slab', async () => {
    const { growth } = await keep(api, 'size=64&kind=text', 5000, 200)
    expect(growth).toBeLessThanOrEqual(SLACK)
  })
})
