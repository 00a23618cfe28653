// Adds up the results of `make test`: Vitest's JSON reports, cargo's `test result:` lines, the instruction counts and
// memcheck. Prints 'N passed, N failed, N skipped'; exits with 1 if a test failed or no test ran.

import { existsSync, readFileSync } from 'node:fs'

/** The report of all tests, and that of the run on sockets of Node. */
const VITEST = ['build/reports/vitest.json', 'build/reports/vitest-socket.json']
const CARGO = 'build/reports/cargo.log'
/** Reports that hold only the three numbers. */
const TOTALS = ['build/reports/instructions.json', 'build/reports/valgrind.json']
const RESULT = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm

const total = { passed: 0, failed: 0, skipped: 0 }

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
}

for (const file of VITEST.filter(existsSync)) countVitest(JSON.parse(readFileSync(file, 'utf8')))
if (existsSync(CARGO)) {
  for (const [, passed, failed, skipped] of readFileSync(CARGO, 'utf8').matchAll(RESULT)) {
    add(Number(passed), Number(failed), Number(skipped))
  }
}
for (const file of TOTALS.filter(existsSync)) {
  const { passed, failed, skipped } = JSON.parse(readFileSync(file, 'utf8'))
  add(passed, failed, skipped)
}

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
