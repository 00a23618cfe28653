// The web platform tests for WebSocket on `websocket-rs/web`, from a checkout of undici that UNDICI_CHECKOUT names. What
// fails is listed in wpt.json with its reason; a test that passes although it is listed fails here.

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const checkout = process.env.UNDICI_CHECKOUT || undefined
const preload = fileURLToPath(new URL('./programs/undici.cjs', import.meta.url))

/** Subtests of all variants of the files that the runner does not skip. */
const SUBTESTS = 509

/** Reasons by the names of files and subtests. */
const listed = JSON.parse(readFileSync(new URL('./wpt.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>

interface Report {
  results: { test: string; subtests: { name: string; status: 'PASS' | 'FAIL'; message?: string }[] }[]
}

/** Runs the tests. Returns the report of the runner. */
async function runTests(folder: string): Promise<Report> {
  const temporary = mkdtempSync(join(tmpdir(), 'wpt-'))
  const file = join(temporary, 'report.json')
  try {
    writeFileSync(file, '{"results":[]}')
    await new Promise<void>((resolve) => {
      execFile(
        process.execPath,
        ['--require', preload, 'test/wpt/start-websockets.mjs'],
        { cwd: folder, env: { ...process.env, WPT_REPORT: file }, maxBuffer: 2 ** 26, timeout: 25 * 60_000 },
        // The runner fails if a test passes that undici fails.
        () => resolve(),
      )
    })
    return JSON.parse(readFileSync(file, 'utf8')) as Report
  } finally {
    rmSync(temporary, { recursive: true })
  }
}

test.skipIf(checkout === undefined)(
  'the web platform tests pass, except for what is listed',
  async () => {
    const { results } = await runTests(checkout as string)
    const subtests = results.flatMap(({ test: name, subtests: all }) =>
      all.map((each) => ({ ...each, name: `${name}: ${each.name}` })),
    )
    const failed = subtests.filter(({ status }) => status === 'FAIL')
    console.log(
      `websockets: ${subtests.length - failed.length} of ${subtests.length} pass, ${failed.length} fail`,
    )
    expect(Object.fromEntries(failed.map(({ name, message }) => [name, message]))).toEqual(
      Object.fromEntries(Object.keys(listed).map((name) => [name, expect.any(String)])),
    )
    expect(subtests).toHaveLength(SUBTESTS)
  },
  30 * 60_000,
)
