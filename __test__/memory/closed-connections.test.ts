// Closed connections are garbage that V8 collects cheaply: its collections of the young generation find almost all of it.

import { expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'

const program = new URL('./programs/closed-connections.mjs', import.meta.url)
const CONNECTIONS = 3000
/** An open and close allocates 8 KB. Of the hash table of connections, 150 bytes survive on some versions of Node. */
const BOUND = 400

test('closed connections do not survive collections of the young generation', async () => {
  const flags = ['--expose-gc', '--max-semi-space-size=1']
  const ending = await run(program, ['websocket-rs', `${peer.ws}/echo`, String(CONNECTIONS)], flags)
  expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' })
  expect(Number(ending.lines[0])).toBeLessThanOrEqual(BOUND)
}, 60_000)
