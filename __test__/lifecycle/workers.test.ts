// Connections in Workers, and Workers that end during traffic. A crash of a Worker ends the whole process, so each case
// runs in a process of its own.

import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run, success } from '../support/program.js'

const program = (name: string) => new URL(`./programs/${name}.mjs`, import.meta.url)
const TIMEOUT = 60_000

test.each(['websocket-rs', 'websocket-rs/sync'])('%s works in a Worker', async (api) => {
  expect(await run(program('in-worker'), [api, `${peer.ws}/echo`])).toEqual(
    success('text', 'binary', 'closed 1000', 'worker 0'),
  )
})

/** How the Workers end, the name of that in traffic.mjs, and the uncaught errors. */
const WAYS: [what: string, way: string, errors: string][] = [
  ['end by themselves with unreferenced connections', 'natural', ''],
  ['are terminated', 'terminate', ''],
  ['call process.exit()', 'exit', ''],
  ['throw', 'throw', 'thrown on purpose'],
  ['reject, unhandled', 'reject', 'thrown on purpose'],
  ['are terminated while they connect', 'connecting', ''],
  ['call process.exit() while they connect', 'exit-connecting', ''],
  ['are terminated in a blocked recv()', 'recv', ''],
  ['are terminated in a blocked connect()', 'sync-connect', ''],
  ['are terminated in a loop of blocking calls', 'loop', ''],
]

describe('twenty Workers during traffic', () => {
  test.each(WAYS)(
    '%s, and the process continues',
    async (_, way, errors) => {
      const ending = await run(program('teardown'), [`${peer.ws}/echo`, `${peer.ws}/hang`, way])
      expect(ending).toEqual(success(`ended, errors: ${errors}`, 'alive'))
    },
    TIMEOUT,
  )

  test(
    'end in all these ways at once, and the process continues',
    async () => {
      const ways = WAYS.map(([, way]) => way)
      const ending = await run(program('teardown'), [`${peer.ws}/echo`, `${peer.ws}/hang`, ...ways])
      expect(ending).toEqual(success('ended, errors: thrown on purpose', 'alive'))
    },
    TIMEOUT,
  )
})

test('Workers end with a pending connect while no other thread uses the addon', async () => {
  expect(await run(program('only-user'), [`${peer.ws}/hang`, `${peer.ws}/echo`])).toEqual(
    success('exit-connecting ended', 'connecting ended', 'exit ended'),
  )
})
