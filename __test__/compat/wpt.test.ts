// The web platform tests for WebSocket, from a checkout of undici that UNDICI_CHECKOUT names: on `websocket-rs/web`, where
// what fails is listed in wpt.json with its reason, and on `websocket-rs/ws`, which is to pass as many as `ws` does.

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { recordScore } from './score.js'

const checkout = process.env.UNDICI_CHECKOUT || undefined
const preload = fileURLToPath(new URL('./programs/undici.cjs', import.meta.url))

/** Subtests of all variants of the files that the runner does not skip. */
const SUBTESTS = 509
/** Those of them that `ws` 8.21 passes: it throws no DOMException, and is no EventTarget. */
const PASSED_BY_WS = 406

/** Reasons by the names of files and subtests. */
const listed = JSON.parse(readFileSync(new URL('./wpt.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>

interface Subtest {
  name: string
  status: 'PASS' | 'FAIL'
  message?: string
}

interface Report {
  results: { test: string; subtests: Subtest[] }[]
}

/** Runs the tests on one of our APIs. Returns all subtests. */
async function runTests(folder: string, api: string): Promise<Subtest[]> {
  const temporary = mkdtempSync(join(tmpdir(), 'wpt-'))
  const file = join(temporary, 'report.json')
  const env = { ...process.env, WPT_REPORT: file, WPT_SUBJECT: api }
  try {
    writeFileSync(file, '{"results":[]}')
    await new Promise<void>((resolve) => {
      execFile(
        process.execPath,
        ['--require', preload, 'test/wpt/start-websockets.mjs'],
        { cwd: folder, env, maxBuffer: 2 ** 26, timeout: 25 * 60_000 },
        // The runner fails if a test passes that undici fails.
        () => resolve(),
      )
    })
    const { results } = JSON.parse(readFileSync(file, 'utf8')) as Report
    return results.flatMap(({ test: name, subtests }) =>
      subtests.map((each) => ({ ...each, name: `${name}: ${each.name}` })),
    )
  } finally {
    rmSync(temporary, { recursive: true })
  }
}

const passed = (subtests: Subtest[]) => subtests.filter(({ status }) => status === 'PASS').length

describe.skipIf(checkout === undefined)('the web platform tests', () => {
  test(
    'pass on websocket-rs/web, except for what is listed',
    async () => {
      const subtests = await runTests(checkout as string, 'websocket-rs/web')
      recordScore('websocket-rs/web: web platform tests', passed(subtests), subtests.length)
      const failed = subtests.filter(({ status }) => status === 'FAIL')
      expect(Object.fromEntries(failed.map(({ name, message }) => [name, message]))).toEqual(
        Object.fromEntries(Object.keys(listed).map((name) => [name, expect.any(String)])),
      )
      expect(subtests).toHaveLength(SUBTESTS)
    },
    30 * 60_000,
  )

  test(
    'pass on websocket-rs/ws as far as on ws',
    async () => {
      const subtests = await runTests(checkout as string, 'websocket-rs/ws')
      recordScore('websocket-rs/ws: web platform tests', passed(subtests), subtests.length)
      expect(passed(subtests)).toBeGreaterThanOrEqual(PASSED_BY_WS)
    },
    30 * 60_000,
  )
})
