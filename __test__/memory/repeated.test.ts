// Each fault, and each kind of traffic, over and over: what one of them leaves behind shows under its name. 100 times here,
// 3000 times by `make soak`.

import { expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'
import { MIB } from './flat.js'

const program = new URL('./programs/repeated.mjs', import.meta.url)
const FACES = ['websocket-rs', 'websocket-rs/sync']
const ROUNDS = Number(process.env.WEBSOCKET_RS_SOAK_ROUNDS ?? 100)
/** Of those that cost a hundred times as much. */
const COSTLY_ROUNDS = Math.ceil(ROUNDS / 10)

/**
 * However often: so the more rounds, the less may be left by each. Threads that resolve names wait a while for more of
 * them. Resident memory sways by 16 MiB as slabs of 64 KiB come and go, up and down again; what is lost of it bit by bit
 * shows in the mixture beside this test, which runs for longer.
 */
const MAX_GROWTH = { resident: 32 * MIB, external: MIB, heapUsed: MIB, handles: 0, files: 0, threads: 2 }

interface Report {
  name: string
  before: Record<string, number>
  after: Record<string, number>
}

async function repeat(face: string): Promise<Report[]> {
  const { ws, wss, raw } = peer
  const args = [face, JSON.stringify({ ws, wss, raw }), String(ROUNDS), String(COSTLY_ROUNDS)]
  const ending = await run(program, args, ['--expose-gc', '--unhandled-rejections=strict'])
  expect(ending, face).toMatchObject({ code: 0, signal: null, stderr: '' })
  return ending.lines.map((line) => JSON.parse(line) as Report)
}

// One test for both, as with the full load beside it.
test(
  `nothing is left of what happens ${ROUNDS} times`,
  async () => {
    const reports = await Promise.all(FACES.map(repeat))
    for (const [index, face] of FACES.entries()) {
      for (const { name, before, after } of reports[index] as Report[]) {
        for (const [figure, bound] of Object.entries(MAX_GROWTH)) {
          const growth = (after[figure] as number) - (before[figure] as number)
          expect(growth, `${figure} of ${name}, ${face}`).toBeLessThanOrEqual(bound)
        }
      }
    }
  },
  ROUNDS * 2000 + 60_000,
)
