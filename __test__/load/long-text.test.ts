// A text that takes longer to encode than the blocking API may go without reading the socket. In a process of its own,
// because a send that never returns would block the tests.

import { expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'

const PROGRAM = new URL('programs/long-text.mjs', import.meta.url)

test.each(['websocket-rs', 'websocket-rs/sync'])('%s sends a long text', async (name) => {
  const ending = await run(PROGRAM, [`${peer.ws}/digest`, name])
  expect(ending).toMatchObject({ code: 0, lines: [expect.stringContaining('120000000')], stderr: '' })
})
