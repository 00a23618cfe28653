// Full load for a while: memory, handles and open files stay where they were. 20 s here, and ten minutes by
// `make soak-memory`.

import { expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'

const program = new URL('./programs/soak.mjs', import.meta.url)
const FACES = ['websocket-rs', 'websocket-rs/sync']
const SECONDS = Number(process.env.WEBSOCKET_RS_SOAK_SECONDS ?? 20)
const MIB = 1024 * 1024
/**
 * What the last quarter may hold above the second one, on average. A window's messages come and go by their
 * sizes, so single looks sway by far more; the heap and what hangs on it do not.
 */
const MAX_GROWTH = { resident: 32 * MIB, external: 16 * MIB, heapUsed: 2 * MIB, handles: 1, files: 0 }

type Figure = keyof typeof MAX_GROWTH

interface Report {
  samples: Record<Figure, number>[]
  messagesReceived: number
  bytesReceived: number
  bytesSent: number
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The mean of a figure in the second quarter, after warming up, and in the last. */
function quarters({ samples }: Report, figure: Figure): [number, number] {
  const values = samples.map((sample) => sample[figure])
  const quarter = values.length / 4
  return [mean(values.slice(quarter, 2 * quarter)), mean(values.slice(3 * quarter))]
}

function describeReport(face: string, report: Report): string {
  const { messagesReceived, bytesSent, bytesReceived } = report
  const lines = [
    `${face}: ${SECONDS} s, ${messagesReceived} messages, ` +
      `${Math.round(bytesSent / MIB)} MiB out, ${Math.round(bytesReceived / MIB)} MiB in`,
  ]
  for (const figure of Object.keys(MAX_GROWTH) as Figure[]) {
    const inMib = MAX_GROWTH[figure] >= MIB
    const shown = quarters(report, figure).map((value) => (inMib ? value / MIB : value).toFixed(1))
    lines.push(`  ${figure.padEnd(9)} ${shown.join(' -> ')}${inMib ? ' MiB' : ''}`)
  }
  return lines.join('\n')
}

async function soak(face: string): Promise<Report> {
  const ending = await run(program, [face, `${peer.ws}/echo`, String(SECONDS)], ['--expose-gc'])
  expect(ending, face).toMatchObject({ code: 0, signal: null, stderr: '' })
  return JSON.parse(ending.lines[0] as string) as Report
}

// One test for both, which share the time: of concurrent tests the first to end would take the other's program
// with it.
test(
  `neither face holds more after ${SECONDS} s of full load in both directions than half way`,
  async () => {
    const reports = await Promise.all(FACES.map(soak))
    for (const [index, face] of FACES.entries()) console.log(describeReport(face, reports[index] as Report))
    for (const [index, face] of FACES.entries()) {
      for (const figure of Object.keys(MAX_GROWTH) as Figure[]) {
        const [before, after] = quarters(reports[index] as Report, figure)
        expect(after - before, `${figure} of ${face}`).toBeLessThanOrEqual(MAX_GROWTH[figure])
      }
    }
  },
  SECONDS * 1000 + 60_000,
)
