// Autobahn's cases of sections 1 to 7, 9 and 10 with both APIs: each verdict equals that of expected.json. With UPDATE=1
// the verdicts are written to that file first.

import { beforeAll, describe, expect, test } from 'vitest'
import { failuresOf, readExpected, writeExpected } from './expected.js'
import { judge, type Report, type Selection, type Verdicts } from './suite.js'

const file = new URL('./expected.json', import.meta.url)
const CASES = 301
const APIS = ['websocket-rs', 'websocket-rs/sync']
/** Invalid text within a frame is rejected when the frame is complete; see README.md. */
const NON_STRICT = ['6.4.3', '6.4.4']
const SELECTION: Selection = {
  folder: 'conformance',
  cases: ['1.*', '2.*', '3.*', '4.*', '5.*', '6.*', '7.*', '9.*', '10.*'],
  offer: 'none',
}

const expected = readExpected(file)
const ids = () => Object.keys(expected.cases)
const reports = new Map<string, Report>()

/** Returns the cases whose messages have this verdict. */
function having(verdicts: Verdicts, wanted: string): string[] {
  return Object.keys(verdicts).filter((id) => verdicts[id]?.[0] === wanted)
}

// The clients run at the same time, because they wait most of the time.
beforeAll(async () => {
  await Promise.all(
    [...APIS, 'ws'].map(async (client) => reports.set(client, await judge(client, SELECTION))),
  )
  if (process.env.UPDATE !== '1') return
  expected.cases = reports.get('websocket-rs')?.verdicts ?? {}
  writeExpected(file, expected)
}, 600_000)

test('every expected verdict is a pass', () => {
  expect(ids()).toHaveLength(CASES)
  expect(failuresOf(expected.cases)).toEqual({})
  expect(having(expected.cases, 'NON-STRICT')).toEqual(NON_STRICT)
})

describe.each(APIS)('%s', (api) => {
  test('runs all cases without a hang', () => {
    expect(reports.get(api)?.problems).toEqual([])
    expect(Object.keys(reports.get(api)?.verdicts ?? {})).toEqual(ids())
  })

  test.each(ids())('case %s', (id) => {
    expect(reports.get(api)?.verdicts[id]).toEqual(expected.cases[id])
  })
})

// The verdicts of `ws` by Autobahn's own server are known, so they calibrate this server.
test('ws has its known verdicts', () => {
  const { problems, verdicts } = reports.get('ws') as Report
  expect(problems).toEqual([])
  expect(Object.keys(verdicts)).toEqual(ids())
  expect(having(verdicts, 'NON-STRICT')).toEqual(['6.4.1', '6.4.2', ...NON_STRICT])
  expect(having(verdicts, 'INFORMATIONAL')).toEqual(['7.1.6', '7.13.1', '7.13.2'])
  expect(having(verdicts, 'OK')).toHaveLength(294)
})
