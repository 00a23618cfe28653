// All APIs in Bun and Deno, whose own sockets carry the connections.

import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { execute, success } from '../support/program.js'
import { BUN, DENO } from './servers.js'

const program = (name: string) => fileURLToPath(new URL(`../runtimes/${name}.cjs`, import.meta.url))
const { ws, wss, ca } = peer

const runtimes: [name: string, command: string[]][] = [
  ['Bun', [BUN, 'run']],
  ['Deno', [DENO, 'run', '--allow-all']],
]

/** A busy machine takes seconds to start a runtime. */
const TIMEOUT = 120_000

describe.each(runtimes)('%s', (_name, command) => {
  test(
    'runs the promise API, the ws API and the web API, and exits by itself',
    async () => {
      const given = JSON.stringify({ ws, wss, ca })
      expect(await execute([...command, program('apis'), given]).ended).toEqual(success('ok'))
    },
    TIMEOUT,
  )

  test(
    'runs the blocking API',
    async () => {
      expect(await execute([...command, program('echo'), ws]).ended).toEqual(success('ok'))
    },
    TIMEOUT,
  )
})
