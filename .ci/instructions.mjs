// Counts the instructions of the Rust hot paths and compares them with bench/instructions.json; with UPDATE=1 replaces
// the committed counts. `make instructions` installs the runner and runs this.
//
// A count does not depend on the machine's speed or load, but on the compiler and the C library. The file records both,
// and if they differ, the tolerance is larger.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

const FILE = 'bench/instructions.json'
const REPORT = 'build/reports/instructions.json'
const HOME = resolve('build/instructions')
const HOST = 'x86_64-unknown-linux-gnu'
/** Largest relative difference from the committed count, in both directions, so that gains are committed as well. */
const TOLERANCE = 0.03
const TOLERANCE_ELSEWHERE = 0.15

/** Has glibc copy with what every x86-64 processor offers, so that the counts are the same on all. */
const PLAIN_COPY = 'glibc.cpu.hwcaps=-AVX2,-AVX2_Usable,-AVX_Fast_Unaligned_Load,-SSSE3,-ERMS,-FSRM'

function fail(message) {
  console.error(`instructions: ${message}`)
  process.exit(1)
}

function output(command, ...args) {
  return execFileSync(command, args, { encoding: 'utf8' }).trim()
}

function toolchain() {
  const rustc = output('rustc', '--version', '--verbose')
  const host = /^host: (.*)$/m.exec(rustc)?.[1]
  if (host !== HOST) fail(`the committed counts are for ${HOST}; this is ${host}`)
  const glibc = output('getconf', 'GNU_LIBC_VERSION')
  return { host, rustc: rustc.split('\n', 1)[0], glibc }
}

/** Returns the counts by name, such as `connection: send of_64_b`. */
function count() {
  rmSync(HOME, { recursive: true, force: true })
  const settings = ['--output-format=json', `--home=${HOME}`, `--envs=GLIBC_TUNABLES=${PLAIN_COPY}`]
  const packages = ['--package', 'websocket-rs-client', '--package', 'websocket-rs-node']
  const command = ['bench', '--quiet', '--locked', ...packages, '--bench', '*', '--', ...settings]
  const run = spawnSync('cargo', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (run.status !== 0) fail(`cargo bench ended with ${run.status ?? run.signal}`)
  const entries = run.stdout
    .trim()
    .split('\n')
    .map((line) => toEntry(JSON.parse(line)))
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)))
}

function toEntry({ module_path, function_name, id, profiles }) {
  const name = `${module_path.split('::')[0]}: ${function_name} ${id}`
  const instructions = profiles[0]?.data.total.metrics.Ir?.values.new
  if (!(instructions > 0)) fail(`${name} has no count: has its function been renamed?`)
  return [name, instructions]
}

/** Returns what is wrong with a count, or undefined. */
function judge(now, before, tolerance) {
  if (before === undefined) return 'new'
  if (now === undefined) return 'gone'
  if (now > before * (1 + tolerance)) return 'GREW'
  if (now < before * (1 - tolerance)) return 'SHRANK'
  return undefined
}

function row(name, now, before, verdict) {
  const change = now && before ? `${(((now - before) / before) * 100).toFixed(2)} %` : ''
  const columns = [String(before ?? '').padStart(10), String(now ?? '').padStart(10), change.padStart(10)]
  return `${name.padEnd(48)}${columns.join('')}  ${verdict ?? ''}`.trimEnd()
}

function compare(counts, committed, tolerance) {
  const names = [...new Set([...Object.keys(committed), ...Object.keys(counts)])].sort()
  const verdicts = names.map((name) => judge(counts[name], committed[name], tolerance))
  for (const [index, name] of names.entries()) {
    console.log(row(name, counts[name], committed[name], verdicts[index]))
  }
  const failed = verdicts.filter((verdict) => verdict !== undefined).length
  return { passed: names.length - failed, failed, skipped: 0 }
}

function check(current, counts) {
  const { counts: committed, ...taken } = JSON.parse(readFileSync(FILE, 'utf8'))
  const other = Object.keys(current).filter((key) => taken[key] !== current[key])
  const tolerance = other.length === 0 ? TOLERANCE : TOLERANCE_ELSEWHERE
  for (const key of other) {
    console.log(`The committed counts were taken with ${taken[key]}; this is ${current[key]}.`)
  }
  console.log(`Instructions: committed, now, change (tolerance: ${tolerance * 100} %)`)
  const total = compare(counts, committed, tolerance)
  mkdirSync('build/reports', { recursive: true })
  writeFileSync(REPORT, JSON.stringify(total))
  console.log(`${total.passed} passed, ${total.failed} failed`)
  if (total.failed === 0) return
  fail('counts have changed. If that is intended: make instructions UPDATE=1, and commit the file.')
}

const current = toolchain()
const counts = count()
if (process.env.UPDATE === '1') {
  writeFileSync(FILE, `${JSON.stringify({ ...current, counts }, undefined, 2)}\n`)
} else {
  check(current, counts)
}
