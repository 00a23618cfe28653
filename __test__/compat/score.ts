// What a suite of other people has shown, for the table of `make test-compat`.

import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../build/reports/compat', import.meta.url))

/** Writes how many tests of a suite have passed. */
export function recordScore(suite: string, passed: number, of: number): void {
  console.log(`${suite}: ${passed} of ${of} pass`)
  mkdirSync(folder, { recursive: true })
  const name = suite.replace(/\W+/g, '-')
  writeFileSync(`${folder}/${name}.json`, `${JSON.stringify({ suite, passed, of })}\n`)
}
