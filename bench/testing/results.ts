/** Makes small results of a run for tests. */

import type { Workload } from '../clients/job.js'
import type { Participant, Results, Series } from '../runner/results.js'

function participant(id: string, group: Participant['group']): Participant {
  return { id, group, name: id, version: '1', runtime: 'Node 20' }
}

/** Returns the samples of a contender in an echo cell; CPU time equals wall time. */
export function series(contender: string, workload: Workload, size: number, wall: (number | null)[]): Series {
  const place = { case: 'echo', server: 'websocket-rs-peer', placement: 'one core' } as const
  const figures = { wall, cpu: wall } as const
  return { ...place, contender, workload, size, kind: 'binary', connections: 1, figures }
}

/** Returns the results of a run of websocket-rs, ws and Bun. */
export function resultsOf(all: Series[]): Results {
  return {
    date: '2000-01-01T00:00:00.000Z',
    machine: { cpu: 'abacus', cores: 1, memory: 2 ** 30, system: 'linux', node: '20.0.0' },
    placements: [{ name: 'one core', client: 0, server: 0 }],
    contenders: [
      participant('websocket-rs@node20', 'ours'),
      participant('ws@node20', 'rival'),
      participant('bun', 'rival'),
    ],
    servers: [],
    cases: [{ name: 'echo', date: '2000-01-01T00:00:00.000Z', rounds: 5, milliseconds: 1, seconds: 1 }],
    series: all,
    footprints: [],
    failures: [],
  }
}

/** Returns five equal samples. */
export const five = (value: number): number[] => new Array<number>(5).fill(value)

/** Returns small pipelined echoes: websocket-rs takes 10 us, Bun twice and ws eleven times as much. */
export function smallEchoes(): Series[] {
  return ([64, 512] as const).flatMap((size) =>
    (['pipelined', 'burst'] as const).flatMap((workload) => [
      series('websocket-rs@node20', workload, size, five(10)),
      series('ws@node20', workload, size, five(110)),
      series('bun', workload, size, five(20)),
    ]),
  )
}

/** Returns the first line that starts with a text. */
export function lineOf(text: string, start: string): string | undefined {
  return text.split('\n').find((line) => line.startsWith(start))
}
