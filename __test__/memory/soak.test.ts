// Full load: memory, handles and open files do not grow. Runs for 20 s, with `make soak-memory` for ten minutes.

import { expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'
import { describeGrowth, expectFlat, MIB, type Sample } from './flat.js'

const program = new URL('./programs/soak.mjs', import.meta.url)
const APIS = ['websocket-rs', 'websocket-rs/sync']
const SECONDS = Number(process.env.WEBSOCKET_RS_SOAK_SECONDS ?? 20)
/**
 * How much the mean of the last quarter may exceed that of the second one. Single samples vary by far more, because the
 * sizes of the messages in flight vary.
 */
const MAX_GROWTH = { resident: 32 * MIB, external: 16 * MIB, heapUsed: 2 * MIB, handles: 1, files: 0 }

interface Report {
  samples: Sample[]
  messagesReceived: number
  bytesReceived: number
  bytesSent: number
}

function describeReport(
  api: string,
  { samples, messagesReceived, bytesSent, bytesReceived }: Report,
): string {
  const volume = `${Math.round(bytesSent / MIB)} MiB out, ${Math.round(bytesReceived / MIB)} MiB in`
  const head = `${api}: ${SECONDS} s, ${messagesReceived} messages, ${volume}`
  return [head, ...describeGrowth(samples, MAX_GROWTH)].join('\n')
}

async function soak(api: string, options: object): Promise<Report> {
  const args = [api, `${peer.ws}/echo`, String(SECONDS), JSON.stringify(options)]
  const ending = await run(program, args, ['--expose-gc'])
  expect(ending, api).toMatchObject({ code: 0, signal: null, stderr: '' })
  return JSON.parse(ending.lines[0] as string) as Report
}

// One test for both APIs, which run at the same time. With concurrent tests, the first to end would stop the program of
// the other.
test.each([{}, { reuseMemory: true }])(
  `both APIs hold no more after ${SECONDS} s of full load in both directions than half-way, %o`,
  async (options) => {
    const reports = await Promise.all(APIS.map((api) => soak(api, options)))
    for (const [index, api] of APIS.entries()) console.log(describeReport(api, reports[index] as Report))
    for (const [index, api] of APIS.entries()) expectFlat((reports[index] as Report).samples, MAX_GROWTH, api)
  },
  SECONDS * 1000 + 60_000,
)
