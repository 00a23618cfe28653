// The client's part of the suite of `ws`, on `websocket-rs/ws` and under `websocket-rs/register`. What fails is listed in
// ws-suite.json with its reason. A test that passes although it is listed fails here, unless its reason is a race.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { recordScore } from './score.js'
import { runSuite, type Subject, titlesOf } from './suite.js'

const checkout = process.env.WS_CHECKOUT || undefined

/** Why tests fail: reasons by titles, by files. */
type Listed = Record<string, Record<string, string>>

const listed = JSON.parse(readFileSync(new URL('./ws-suite.json', import.meta.url), 'utf8')) as Record<
  Subject,
  Listed
>
const runs = Object.entries(listed).flatMap(([subject, files]) =>
  Object.entries(files).map(([file, reasons]) => ({ subject: subject as Subject, file, reasons })),
)

describe.skipIf(checkout === undefined)('the suite of ws passes, except for what is listed', () => {
  test.each(runs)(
    '$subject: $file',
    async ({ subject, file, reasons }) => {
      const titles = await titlesOf(checkout as string, file)
      const failures = await runSuite(checkout as string, subject, file, titles, Object.keys(reasons))
      recordScore(`${subject}: ${file} of ws`, titles.length - failures.size, titles.length)
      const isExpected = (title: string) => failures.has(title) || !reasons[title]?.startsWith('race: ')
      const expected = Object.keys(reasons).filter(isExpected)
      expect(Object.fromEntries(failures)).toEqual(
        Object.fromEntries(expected.map((title) => [title, expect.any(String)])),
      )
    },
    30 * 60_000,
  )
})
