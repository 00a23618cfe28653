// Autobahn's cases of sections 1 to 7, 9 and 10 on both faces: each verdict is the one in expected.json. With
// UPDATE=1 the verdicts are written there first.

import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { judge, type Report, type Verdicts } from './suite.js'

const file = new URL('./expected.json', import.meta.url)
const CASES = 301
const FACES = ['websocket-rs', 'websocket-rs/sync']
const PASSED = ['OK', 'NON-STRICT', 'INFORMATIONAL']
/** Text that breaks off in the middle of a frame is judged when the frame is there; see README.md. */
const NOT_STRICT = ['6.4.3', '6.4.4']

interface Expected {
  generated: string
  cases: Verdicts
}

const expected = JSON.parse(readFileSync(file, 'utf8')) as Expected
const ids = () => Object.keys(expected.cases)
const reports = new Map<string, Report>()

/** A case a line, as the formatter wants it. */
function write({ generated, cases }: Expected): string {
  const lines = Object.entries(cases).map(
    ([id, [behavior, behaviorClose]]) => `    "${id}": ["${behavior}", "${behaviorClose}"]`,
  )
  return `{\n  "generated": ${JSON.stringify(generated)},\n  "cases": {\n${lines.join(',\n')}\n  }\n}\n`
}

/** The cases whose messages have a verdict. */
function having(verdicts: Verdicts, wanted: string): string[] {
  return Object.keys(verdicts).filter((id) => verdicts[id]?.[0] === wanted)
}

// They wait most of the time, because some cases are about what does not happen within a second.
beforeAll(async () => {
  await Promise.all([...FACES, 'ws'].map(async (client) => reports.set(client, await judge(client))))
  if (process.env.UPDATE !== '1') return
  expected.cases = reports.get('websocket-rs')?.verdicts ?? {}
  writeFileSync(file, write(expected))
}, 600_000)

test('every expected verdict is a pass', () => {
  expect(ids()).toHaveLength(CASES)
  const failed = Object.entries(expected.cases).filter(
    ([, verdict]) => !verdict.every((one) => PASSED.includes(one)),
  )
  expect(failed).toEqual([])
  expect(having(expected.cases, 'NON-STRICT')).toEqual(NOT_STRICT)
})

describe.each(FACES)('%s', (face) => {
  test('runs all cases, none of which hangs', () => {
    expect(reports.get(face)?.troubles).toEqual([])
    expect(Object.keys(reports.get(face)?.verdicts ?? {})).toEqual(ids())
  })

  test.each(ids())('case %s', (id) => {
    expect(reports.get(face)?.verdicts[id]).toEqual(expected.cases[id])
  })
})

// What is known of `ws` from Autobahn's own server says whether this runner can be believed.
test('ws has the verdicts that are known of it', () => {
  const { troubles, verdicts } = reports.get('ws') as Report
  expect(troubles).toEqual([])
  expect(Object.keys(verdicts)).toEqual(ids())
  expect(having(verdicts, 'NON-STRICT')).toEqual(['6.4.1', '6.4.2', ...NOT_STRICT])
  expect(having(verdicts, 'INFORMATIONAL')).toEqual(['7.1.6', '7.13.1', '7.13.2'])
  expect(having(verdicts, 'OK')).toHaveLength(294)
})
