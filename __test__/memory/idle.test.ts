// How much memory of V8 an idle connection holds. What it holds of native code is counted by
// crates/node/tests/idle_connection.rs.

import { expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'

const program = new URL('./programs/idle.mjs', import.meta.url)
const COUNT = 1000

/** The bounds are about a tenth above what was measured on Node 20 to 26. */
test.each([
  ['websocket-rs', 2000],
  ['websocket-rs/sync', 1500],
  ['websocket-rs/ws', 3000],
  ['websocket-rs/web', 3000],
])('an idle connection of %s holds at most %d bytes of the heap', async (api, most) => {
  const ending = await run(program, [api, peer.ws, String(COUNT)], ['--expose-gc'])
  expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' })
  const { each } = JSON.parse(ending.lines[0] as string) as { each: number }
  expect(each).toBeGreaterThan(500)
  expect(each).toBeLessThanOrEqual(most)
})
