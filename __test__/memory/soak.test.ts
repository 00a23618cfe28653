// Full load for a while: memory, handles and open files stay where they were. 20 s here, and ten minutes by
// `make soak-memory`.

import { expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'
import { describeGrowth, expectFlat, MIB, type Sample } from './flat.js'

const program = new URL('./programs/soak.mjs', import.meta.url)
const FACES = ['websocket-rs', 'websocket-rs/sync']
const SECONDS = Number(process.env.WEBSOCKET_RS_SOAK_SECONDS ?? 20)
/**
 * What the last quarter may hold above the second one, on average. A window's messages come and go by their
 * sizes, so single looks sway by far more; the heap and what hangs on it do not.
 */
const MAX_GROWTH = { resident: 32 * MIB, external: 16 * MIB, heapUsed: 2 * MIB, handles: 1, files: 0 }

interface Report {
  samples: Sample[]
  messagesReceived: number
  bytesReceived: number
  bytesSent: number
}

function describeReport(
  face: string,
  { samples, messagesReceived, bytesSent, bytesReceived }: Report,
): string {
  const volume = `${Math.round(bytesSent / MIB)} MiB out, ${Math.round(bytesReceived / MIB)} MiB in`
  const head = `${face}: ${SECONDS} s, ${messagesReceived} messages, ${volume}`
  return [head, ...describeGrowth(samples, MAX_GROWTH)].join('\n')
}

async function soak(face: string, options: object): Promise<Report> {
  const args = [face, `${peer.ws}/echo`, String(SECONDS), JSON.stringify(options)]
  const ending = await run(program, args, ['--expose-gc'])
  expect(ending, face).toMatchObject({ code: 0, signal: null, stderr: '' })
  return JSON.parse(ending.lines[0] as string) as Report
}

// One test for both, which share the time: of concurrent tests the first to end would take the other's program
// with it.
test.each([{}, { reuseMemory: true }])(
  `neither face holds more after ${SECONDS} s of full load in both directions than half way, %o`,
  async (options) => {
    const reports = await Promise.all(FACES.map((face) => soak(face, options)))
    for (const [index, face] of FACES.entries()) console.log(describeReport(face, reports[index] as Report))
    for (const [index, face] of FACES.entries())
      expectFlat((reports[index] as Report).samples, MAX_GROWTH, face)
  },
  SECONDS * 1000 + 60_000,
)
