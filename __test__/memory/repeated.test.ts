// Each fault and each kind of traffic repeated: a leak is reported under the name of its scenario. 100 times, with
// `make soak` 3000 times.

import { expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'
import { MIB } from './flat.js'

const program = new URL('./programs/repeated.mjs', import.meta.url)
const APIS = ['websocket-rs', 'websocket-rs/sync']
const ROUNDS = Number(process.env.WEBSOCKET_RS_SOAK_ROUNDS ?? 100)
/** The rounds of scenarios that cost a hundred times as much. */
const COSTLY_ROUNDS = Math.ceil(ROUNDS / 10)

/**
 * The same bounds for any number of rounds, so more rounds find smaller leaks. Threads that resolve names stay idle for a
 * while. Resident memory varies by 16 MiB as slabs of 64 KiB are allocated and freed; mixed.test.ts runs longer and finds
 * slow leaks of it.
 */
const MAX_GROWTH = { resident: 32 * MIB, external: MIB, heapUsed: MIB, handles: 0, files: 0, threads: 2 }

interface Report {
  name: string
  before: Record<string, number>
  after: Record<string, number>
}

async function repeat(api: string): Promise<Report[]> {
  const { ws, wss, raw } = peer
  const args = [api, JSON.stringify({ ws, wss, raw }), String(ROUNDS), String(COSTLY_ROUNDS)]
  const ending = await run(program, args, ['--expose-gc', '--unhandled-rejections=strict'])
  expect(ending, api).toMatchObject({ code: 0, signal: null, stderr: '' })
  return ending.lines.map((line) => JSON.parse(line) as Report)
}

// One test for both APIs, as in soak.test.ts.
test(
  `no scenario leaks when it runs ${ROUNDS} times`,
  async () => {
    const reports = await Promise.all(APIS.map(repeat))
    for (const [index, api] of APIS.entries()) {
      for (const { name, before, after } of reports[index] as Report[]) {
        for (const [figure, bound] of Object.entries(MAX_GROWTH)) {
          const growth = (after[figure] as number) - (before[figure] as number)
          expect(growth, `${figure} of ${name}, ${api}`).toBeLessThanOrEqual(bound)
        }
      }
    }
  },
  ROUNDS * 2000 + 60_000,
)
