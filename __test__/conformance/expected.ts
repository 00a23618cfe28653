/** The committed verdicts of a suite. */

import { readFileSync, writeFileSync } from 'node:fs'
import type { Verdicts } from './suite.js'

/** Verdicts that count as passed. */
const PASSED = ['OK', 'NON-STRICT', 'INFORMATIONAL']

/** A file of verdicts, and how it was made. */
export interface Expected {
  generated: string
  cases: Verdicts
}

export function readExpected(file: URL): Expected {
  return JSON.parse(readFileSync(file, 'utf8')) as Expected
}

/** Writes one case per line, as the formatter requires. */
export function writeExpected(file: URL, { generated, cases }: Expected): void {
  const lines = Object.entries(cases).map(
    ([id, [behavior, behaviorClose]]) => `    "${id}": ["${behavior}", "${behaviorClose}"]`,
  )
  writeFileSync(
    file,
    `{\n  "generated": ${JSON.stringify(generated)},\n  "cases": {\n${lines.join(',\n')}\n  }\n}\n`,
  )
}

/** Returns the cases that did not pass. */
export function failuresOf(cases: Verdicts): Verdicts {
  const failed = Object.entries(cases).filter(([, verdict]) => !verdict.every((one) => PASSED.includes(one)))
  return Object.fromEntries(failed)
}
