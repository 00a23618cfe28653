// Very many connections, at once and one after the other: nothing is left of any of them.

import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run, success } from '../support/program.js'

const program = (name: string) => new URL(`./programs/${name}.mjs`, import.meta.url)

const OPEN = 10_000
/** `WEBSOCKET_RS_ROUNDS=100000` for the long version. */
const ROUNDS = Number(process.env.WEBSOCKET_RS_ROUNDS ?? 20_000)
/** What the heap may sway by; a leak of 2 KiB a round shows. */
const MAX_GROWTH = 20 * 1024 * 1024

test('10 000 connections open, echo and close, and the process ends by itself', async () => {
  expect(await run(program('many'), [`${peer.ws}/echo`, String(OPEN)])).toEqual(
    success(`open ${OPEN}`, `echoed ${OPEN}`, `closed ${OPEN}`),
  )
}, 120_000)

describe.each(['websocket-rs', 'websocket-rs/sync'])('%s', (face) => {
  test(`${ROUNDS} rounds of connect and close leave memory flat`, async () => {
    const ending = await run(program('rounds'), [face, `${peer.ws}/echo`, String(ROUNDS)], ['--expose-gc'])
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
  'a large %s message leaves nothing of its 100 MB behind',
  async (kind) => {
    const ending = await run(program('large'), [`${peer.ws}/sink`, kind], ['--expose-gc'])
    expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' })
    expect(JSON.parse(ending.lines[0] as string).growth).toBeLessThan(MAX_GROWTH)
  },
  60_000,
)
