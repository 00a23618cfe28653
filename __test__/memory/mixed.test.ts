// Traffic, faults and reconnects of all kinds in random order: each scenario ends as documented, none hangs, and memory,
// handles, threads and open files do not grow. Runs for 20 s, with `make soak` for half an hour.

import { expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'
import { describeGrowth, expectFlat, MIB, type Sample } from './flat.js'

const program = new URL('./programs/mixed.mjs', import.meta.url)
const APIS = ['websocket-rs', 'websocket-rs/sync']
const SECONDS = Number(process.env.WEBSOCKET_RS_SOAK_SECONDS ?? 20)
/** Determines the scenarios and their order on each lane. */
const SEED = process.env.WEBSOCKET_RS_SOAK_SEED ?? String(Math.floor(Math.random() * 2 ** 31))

/**
 * Samples are taken while nothing is pending, so counts are exact, except for idle threads that resolve names: at most one
 * for each concurrent connection. Resident memory includes what the allocators of V8 and of the C library keep after
 * messages of up to 300 kB on eight concurrent connections.
 */
const MAX_GROWTH = {
  resident: 24 * MIB,
  external: 4 * MIB,
  heapUsed: 2 * MIB,
  handles: 0,
  files: 0,
  threads: 8,
}

interface Report {
  samples: Sample[]
  counts: Record<string, number>
}

async function soak(api: string): Promise<Report> {
  const { ws, wss, raw } = peer
  const args = [api, JSON.stringify({ ws, wss, raw }), String(SECONDS), SEED]
  const ending = await run(program, args, ['--expose-gc', '--unhandled-rejections=strict'])
  expect(ending, `${api}, seed ${SEED}`).toMatchObject({ code: 0, signal: null, stderr: '' })
  return JSON.parse(ending.lines[0] as string) as Report
}

function describeReport(api: string, { samples, counts }: Report): string {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const head = `${api}: ${SECONDS} s, seed ${SEED}, ${all} scenarios`
  const each = Object.entries(counts).map(([name, count]) => `${count} ${name}`)
  return [head, `  ${each.join(', ')}`, ...describeGrowth(samples, MAX_GROWTH)].join('\n')
}

// One test for both APIs, as in soak.test.ts.
test(
  `both APIs hold no more after ${SECONDS} s of mixed scenarios than half-way`,
  async () => {
    const reports = await Promise.all(APIS.map(soak))
    for (const [index, api] of APIS.entries()) console.log(describeReport(api, reports[index] as Report))
    for (const [index, api] of APIS.entries()) {
      const { samples, counts } = reports[index] as Report
      expect(
        Object.values(counts).filter((count) => count === 0).length,
        'scenarios that never ran',
      ).toBeLessThan(3)
      expectFlat(samples, MAX_GROWTH, api)
    }
  },
  SECONDS * 1000 + 120_000,
)
