// The client's part of the suite of `ws` on `websocket-rs/ws`. What fails is listed in ws-suite.json with its reason; a
// test that passes although it is listed fails here.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { runSuite, titlesOf } from './suite.js'

const checkout = process.env.WS_CHECKOUT || undefined

/** Why tests of a file fail: reasons by titles. */
type Listed = Record<string, Record<string, string>>

const listed = JSON.parse(readFileSync(new URL('./ws-suite.json', import.meta.url), 'utf8')) as Listed

describe.skipIf(checkout === undefined)('the suite of ws passes, except for what is listed', () => {
  test.each(Object.keys(listed))(
    '%s',
    async (file) => {
      const titles = await titlesOf(checkout as string, file)
      const failures = await runSuite(checkout as string, file, titles)
      const passed = titles.length - failures.size
      console.log(`${file}: ${passed} of ${titles.length} pass, ${failures.size} are listed`)
      expect(Object.fromEntries(failures)).toEqual(
        Object.fromEntries(Object.keys(listed[file] ?? {}).map((title) => [title, expect.any(String)])),
      )
    },
    30 * 60_000,
  )
})
