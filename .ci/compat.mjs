// Runs what compares this package with `ws`, undici and the web platform tests, and prints one table: `make test-compat`.
// Fails if a suite was not run, or passes less than __test__/compat/scores.json says. UPDATE=1 writes the figures there and
// into README.md.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

const REPORTS = 'build/reports/compat'
const SCORES = '__test__/compat/scores.json'
const BEGIN = '<!-- Figures of make test-compat -->'
const END = '<!-- End of the figures -->'

/** Suites of our own, by the files that they are made of. */
const OWN = {
  'parity with ws 8.23': /__test__\/compat\/(parity.*|deflate|ws-api)\.test\.ts$/,
  'programs and behaviour under websocket-rs/register': /__test__\/register\//,
}

const readJSON = (path) => JSON.parse(readFileSync(path, 'utf8'))

/** Runs the tests. Returns their report, and whether all have passed. */
function runTests() {
  rmSync(REPORTS, { recursive: true, force: true })
  mkdirSync(REPORTS, { recursive: true })
  const file = 'build/reports/compat.json'
  const args = ['vitest', 'run', '__test__/compat', '__test__/register']
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const { status } = spawnSync('npx', [...args, ...reporters], { stdio: 'inherit' })
  return { report: existsSync(file) ? readJSON(file) : { testResults: [] }, hasPassed: status === 0 }
}

/** Counts the tests of the files that match. Skipped ones have not passed. */
function count(report, pattern) {
  const files = report.testResults.filter(({ name }) => pattern.test(name))
  const tests = files.flatMap(({ assertionResults }) => assertionResults)
  return { passed: tests.filter(({ status }) => status === 'passed').length, of: tests.length }
}

/** Compiles a program that is typed against @types/ws. */
function checkTypes() {
  const { status } = spawnSync('npx', ['tsc', '-p', 'tsconfig.test.json'], { stdio: 'inherit' })
  return { suite: 'types of @types/ws', passed: status === 0 ? 1 : 0, of: 1 }
}

function toTable(scores) {
  const rows = scores.map(({ suite, passed, of }) => `| ${suite} | ${passed} | ${of} |`)
  return ['| suite | passed | of |', '| --- | --- | --- |', ...rows].join('\n')
}

/** Writes the figures into the committed file and the README. */
function update(scores) {
  writeFileSync(SCORES, `${JSON.stringify(scores, null, 2)}\n`)
  const readme = readFileSync('README.md', 'utf8')
  const [before, rest] = readme.split(BEGIN)
  const [, after] = rest.split(END)
  writeFileSync('README.md', `${before}${BEGIN}\n\n${toTable(scores)}\n\n${END}${after}`)
}

/** Says what is wrong with a suite; `undefined` if nothing is. */
function problemOf({ suite, passed, checkout }, found) {
  const score = found.find((each) => each.suite === suite)
  if (score === undefined || score.of === 0)
    return `${suite}: was not run${checkout && !process.env[checkout] ? `, because ${checkout} names no checkout` : ''}`
  return score.passed < passed ? `${suite}: ${score.passed} pass, and not ${passed}` : undefined
}

const { report, hasPassed } = runTests()
const recorded = readdirSync(REPORTS).map((name) => readJSON(`${REPORTS}/${name}`))
const own = Object.entries(OWN).map(([suite, pattern]) => ({ suite, ...count(report, pattern) }))
const found = [...recorded, ...own, checkTypes()]

const committed = readJSON(SCORES)
const updates = process.env.UPDATE === '1'
const problems = updates ? [] : committed.map((each) => problemOf(each, found)).filter(Boolean)
if (!hasPassed) problems.push('tests have failed: see above')

console.log(
  `\n${toTable(found)}\n\nWhat does not pass is listed with its reason in __test__/compat and docs/migrating.md.`,
)
if (updates) {
  update(committed.map((each) => ({ ...each, ...found.find(({ suite }) => suite === each.suite) })))
}
if (problems.length > 0) {
  console.error(`\n${problems.join('\n')}`)
  process.exitCode = 1
}
