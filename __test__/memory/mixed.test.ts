// Traffic, faults and reconnects of all kinds, mixed, for a while: everything ends as documented, nothing hangs, and
// memory, handles, threads and open files stay where they were. 20 s here, half an hour by `make soak`.

import { expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'
import { describeGrowth, expectFlat, MIB, type Sample } from './flat.js'

const program = new URL('./programs/mixed.mjs', import.meta.url)
const FACES = ['websocket-rs', 'websocket-rs/sync']
const SECONDS = Number(process.env.WEBSOCKET_RS_SOAK_SECONDS ?? 20)
/** Says what happens, and in which order on each lane. */
const SEED = process.env.WEBSOCKET_RS_SOAK_SEED ?? String(Math.floor(Math.random() * 2 ** 31))

/**
 * Looks are taken with nothing under way, so what is counted is exact, but for threads that wait for more names to
 * resolve, at most one for each connection at once. Resident memory is that and what the allocators
 * of V8 and of the C library hold ready after messages of up to 300 kB on eight connections at once.
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

async function soak(face: string): Promise<Report> {
  const { ws, wss, raw } = peer
  const args = [face, JSON.stringify({ ws, wss, raw }), String(SECONDS), SEED]
  const ending = await run(program, args, ['--expose-gc', '--unhandled-rejections=strict'])
  expect(ending, `${face}, seed ${SEED}`).toMatchObject({ code: 0, signal: null, stderr: '' })
  return JSON.parse(ending.lines[0] as string) as Report
}

function describeReport(face: string, { samples, counts }: Report): string {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const head = `${face}: ${SECONDS} s, seed ${SEED}, ${all} scenarios`
  const each = Object.entries(counts).map(([name, count]) => `${count} ${name}`)
  return [head, `  ${each.join(', ')}`, ...describeGrowth(samples, MAX_GROWTH)].join('\n')
}

// One test for both, as with the full load beside it.
test(
  `neither face holds more after ${SECONDS} s of everything than half way`,
  async () => {
    const reports = await Promise.all(FACES.map(soak))
    for (const [index, face] of FACES.entries()) console.log(describeReport(face, reports[index] as Report))
    for (const [index, face] of FACES.entries()) {
      const { samples, counts } = reports[index] as Report
      expect(
        Object.values(counts).filter((count) => count === 0).length,
        'scenarios that never ran',
      ).toBeLessThan(3)
      expectFlat(samples, MAX_GROWTH, face)
    }
  },
  SECONDS * 1000 + 120_000,
)
