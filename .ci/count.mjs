// Adds up the results of `make test`: Vitest's JSON reports, cargo's `test result:` lines, the instruction counts and
// memcheck. Prints the tests that failed and 'N passed, N failed, N skipped'; exits with 1 if a test failed or none ran.

import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** The report of all tests, and that of the run on sockets of Node. */
const VITEST = ['build/reports/vitest.json', 'build/reports/vitest-socket.json']
const CARGO = 'build/reports/cargo.log'
/** Reports that hold only the three numbers. */
const TOTALS = ['build/reports/instructions.json', 'build/reports/valgrind.json']
const RESULT = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm
const FAILED = /^test (.+) \.\.\. FAILED$/gm

const total = { passed: 0, failed: 0, skipped: 0 }
/** Repeated at the end, because some CI systems show only the end of a log. */
const failures = []

function add(passed, failed, skipped) {
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
}

function countVitest(report) {
  add(report.numPassedTests, report.numFailedTests, report.numPendingTests + report.numTodoTests)
  // Vitest reports no failed test for a file that does not load or an error between tests: each counts as one here.
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  ).length
  const silent = !report.success && report.numFailedTests === 0 && broken === 0
  add(0, broken + Number(silent), 0)
  for (const file of report.testResults) failures.push(...failedIn(file))
}

/** The failed tests of one file, each with the start of its message. */
function failedIn({ name, status, message, assertionResults }) {
  const path = relative(process.cwd(), name)
  const failed = assertionResults.filter((test) => test.status === 'failed')
  if (failed.length === 0) return status === 'failed' ? [`${path}: ${brief(message)}`] : []
  return failed.map((test) => `${path} > ${test.fullName}: ${brief(test.failureMessages.join('\n'))}`)
}

/** The first line that is not empty, and the first place in a test file, of a message with a stack. */
function brief(message) {
  const lines = stripVTControlCharacters(message ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  const place = lines.find((line) => line.startsWith('at ') && line.includes('__test__'))
  return [lines[0]?.slice(0, 300), place?.replace(`${process.cwd()}/`, '')].filter(Boolean).join(' ')
}

for (const file of VITEST.filter(existsSync)) countVitest(JSON.parse(readFileSync(file, 'utf8')))
if (existsSync(CARGO)) {
  const log = readFileSync(CARGO, 'utf8')
  for (const [, passed, failed, skipped] of log.matchAll(RESULT))
    add(Number(passed), Number(failed), Number(skipped))
  for (const [, name] of log.matchAll(FAILED)) failures.push(name)
}
for (const file of TOTALS.filter(existsSync)) {
  const { passed, failed, skipped } = JSON.parse(readFileSync(file, 'utf8'))
  add(passed, failed, skipped)
}

for (const failure of failures) console.log(`failed test: ${failure}`)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
