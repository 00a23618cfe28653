// Thousands of connections, at the same time and one after another: none leaves memory or sockets behind.

import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run, success } from '../support/program.js'

const program = (name: string) => new URL(`./programs/${name}.mjs`, import.meta.url)

const OPEN = 10_000
/** Set `WEBSOCKET_RS_ROUNDS=100000` for the long run. */
const ROUNDS = Number(process.env.WEBSOCKET_RS_ROUNDS ?? 20_000)
/** The variation of the heap, in bytes. A leak of 2 KiB in each round exceeds it. */
const MAX_GROWTH = 20 * 1024 * 1024

test('10 000 connections open, echo and close, and then the process ends by itself', async () => {
  expect(await run(program('many-connections'), [`${peer.ws}/echo`, String(OPEN)])).toEqual(
    success(`open ${OPEN}`, `echoed ${OPEN}`, `closed ${OPEN}`),
  )
}, 120_000)

describe.each(['websocket-rs', 'websocket-rs/sync'])('%s', (api) => {
  test(`memory stays flat over ${ROUNDS} rounds of connect and close`, async () => {
    const ending = await run(
      program('reconnect-rounds'),
      [api, `${peer.ws}/echo`, String(ROUNDS)],
      ['--expose-gc'],
    )
    expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' })
    expect(JSON.parse(ending.lines[0] as string).growth).toBeLessThan(MAX_GROWTH)
  }, 600_000)
})

test('the garbage collector closes the sockets of dropped blocking connections', async () => {
  expect(await run(program('dropped'), [`${peer.ws}/echo`], ['--expose-gc'])).toEqual(
    success('open 100', 'open 0', 'kept'),
  )
})

test.each(['text', 'binary'])(
  'the memory of a sent %s message of 100 MB is freed',
  async (kind) => {
    const ending = await run(program('large-message'), [`${peer.ws}/sink`, kind], ['--expose-gc'])
    expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' })
    expect(JSON.parse(ending.lines[0] as string).growth).toBeLessThan(MAX_GROWTH)
  },
  60_000,
)
