// Autobahn's cases of sections 12 and 13, permessage-deflate, with both APIs: each verdict equals that of
// expected-deflate.json. `make test` runs a part of them, `make conformance-deflate` (DEFLATE=all) every case; with UPDATE=1
// the verdicts are written to that file first.

import { beforeAll, describe, expect, test } from 'vitest'
import { readExpected, writeExpected } from './expected.js'
import { joined, judge, type Offer, type Report } from './suite.js'

const file = new URL('./expected-deflate.json', import.meta.url)
const APIS = ['websocket-rs', 'websocket-rs/sync']
/** `ws` passes all cases, which calibrates this server. */
const CLIENTS = [...APIS, 'ws']
const isWhole = process.env.DEFLATE === 'all'

/** The groups of cases by what the server requires, and the offer without which a group is not implemented. */
const GROUPS: Record<string, Offer> = {
  ...Object.fromEntries([1, 2, 3, 4, 5].map((group) => [`12.${group}`, 'deflate'])),
  ...Object.fromEntries([1, 3, 4, 7].map((group) => [`13.${group}`, 'deflate'])),
  ...Object.fromEntries([2, 5, 6].map((group) => [`13.${group}`, 'deflate-no-context-takeover'])),
}
/** Cases of a group: 1000 messages of 16 B to 128 KiB in one frame (1 to 10), or in fragments (11 to 18). */
const CASES = 18
/** Small and middle sizes, and fragments of 256 B. */
const PART = [1, 3, 11]
/** Runs at a time, each with a server of its own. */
const LANES = 2

const expected = readExpected(file)
const ids = () =>
  Object.keys(expected.cases).filter((id) => isWhole || PART.includes(Number(id.split('.').at(-1))))
const reports = new Map<string, Report>()

/** Runs the cases of the groups one after another. */
async function judgeGroups(client: string, groups: readonly string[]): Promise<Report[]> {
  const all: Report[] = []
  for (const group of groups) {
    const cases = isWhole ? [`${group}.*`] : PART.map((number) => `${group}.${number}`)
    const offer = GROUPS[group] as Offer
    all.push(await judge(client, { folder: `conformance-deflate/${group}`, cases, offer }))
  }
  return all
}

beforeAll(async () => {
  for (const client of CLIENTS) {
    const lanes = Array.from({ length: LANES }, (_, lane) =>
      Object.keys(GROUPS).filter((_, index) => index % LANES === lane),
    )
    const all = await Promise.all(lanes.map((groups) => judgeGroups(client, groups)))
    reports.set(client, joined(all.flat()))
  }
  if (process.env.UPDATE !== '1' || !isWhole) return
  expected.cases = reports.get('websocket-rs')?.verdicts ?? {}
  writeExpected(file, expected)
}, 3_600_000)

test('every case is expected to pass strictly', () => {
  expect(Object.keys(expected.cases)).toHaveLength(CASES * Object.keys(GROUPS).length)
  const failed = Object.entries(expected.cases).filter(([, verdict]) => verdict.some((one) => one !== 'OK'))
  expect(failed).toEqual([])
})

describe.each(CLIENTS)('%s', (client) => {
  test('runs the cases without a hang', () => {
    expect(reports.get(client)?.problems).toEqual([])
    expect(Object.keys(reports.get(client)?.verdicts ?? {})).toEqual(ids())
  })

  test.each(ids())('case %s', (id) => {
    expect(reports.get(client)?.verdicts[id]).toEqual(expected.cases[id])
  })
})
