/**
 * `make bench-compare REV=…`: compares the echo cells of this tree with those of another commit, in the same rounds.
 * Both use the adapters and the server of this tree, so only the package differs.
 */

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Case, cellsOf, ECHOES } from './cases/case.js'
import { keyOf } from './report/figures.js'
import { figure, sizeName } from './report/format.js'
import { type Estimate, ratioEstimate } from './report/statistics.js'
import { type Contender, pick } from './runner/contenders.js'
import type { Series } from './runner/results.js'
import { runCase } from './runner/rounds.js'
import { chosenMilliseconds, chosenRounds } from './runner/settings.js'

const APIS = [
  ...['websocket-rs', 'websocket-rs-recv', 'websocket-rs-sync'],
  // An earlier tree may not have these.
  ...['websocket-rs-ws', 'websocket-rs-web'],
]

const compared: Case = {
  name: 'compare',
  title: '',
  about: '',
  cells: cellsOf(ECHOES, [64, 512, 4096, 65_536]),
  rounds: chosenRounds(9),
  milliseconds: chosenMilliseconds(50),
}

function git(...args: string[]): string {
  return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim()
}

/** Checks out and builds the commit, and returns the path of its tree. */
function build(revision: string): string {
  const commit = git('rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`)
  const tree = resolve('.cache', 'compare', commit)
  // Removes deleted trees from git's list.
  git('worktree', 'prune')
  if (!existsSync(tree)) git('worktree', 'add', '--detach', tree, commit)
  console.error(`building ${commit} in ${tree}`)
  // The make of that tree must not inherit variables. Its output goes to stderr, as the figures go to stdout.
  const { MAKEFLAGS, MFLAGS, MAKELEVEL, CARGO_TARGET_DIR, ...env } = process.env
  execFileSync('make', ['build'], { cwd: tree, env, stdio: ['ignore', 2, 2] })
  return tree
}

/** Fewer rounds give no useful interval: with two, it excludes 1 half of the time by chance. */
const ENOUGH_ROUNDS = 5

/** Formats how many times as fast as the other tree a cell is, and the verdict. */
function judge({ value, low, high }: Estimate, rounds: number): string {
  const difference = low > 1 ? 'faster' : 'slower'
  const word = low <= 1 && high >= 1 ? 'no difference' : difference
  const shown = rounds < ENOUGH_ROUNDS ? 'too few rounds' : word
  return `${figure(value)}x (${figure(low)}–${figure(high)})`.padEnd(24) + shown
}

function compareCell(ours: Series, theirs: Series | undefined): string {
  const [here, there] = [ours.figures.wall ?? [], theirs?.figures.wall ?? []]
  const both = [...here.keys()].filter((round) => here[round] != null && there[round] != null)
  const of = (values: (number | null)[]) => both.map((round) => values[round] as number)
  const verdict = both.length === 0 ? 'failed' : judge(ratioEstimate(of(there), of(here)), both.length)
  const { contender, placement, workload, size } = ours
  return [
    contender.padEnd(24),
    placement.padEnd(10),
    workload.padEnd(16),
    sizeName(size).padStart(7),
    verdict,
  ].join(' ')
}

const OTHER = ', other tree'

/** Returns the same contender under the id of the other tree. */
function ofOtherTree({ id, ...rest }: Contender): Contender {
  return { ...rest, id: `${id}${OTHER}` }
}

async function main(revision: string): Promise<void> {
  const tree = build(revision)
  const contenders = pick(APIS.map((api) => `${api}@here`))
  const entrants = contenders.flatMap((contender) => [
    { contender },
    { contender: ofOtherTree(contender), env: { TREE: tree } },
  ])
  const { series, failures } = await runCase(compared, entrants)
  const figures = new Map(series.map((one) => [`${keyOf(one)}|${one.contender}`, one]))
  console.log(`this tree against ${revision}: times as fast (95 % interval), ${compared.rounds} rounds`)
  for (const one of series.filter(({ contender }) => !contender.endsWith(OTHER))) {
    console.log(compareCell(one, figures.get(`${keyOf(one)}|${one.contender}${OTHER}`)))
  }
  const cells = series.length / 2
  console.log(`about ${Math.ceil(cells / 20)} of ${cells} cells differ by chance: look for a pattern`)
  process.exitCode = failures.length === 0 ? 0 : 1
}

const [revision] = process.argv.slice(2)
if (revision === undefined || revision === '') throw new Error('usage: make bench-compare REV=commit')
if (!existsSync(join('.git'))) throw new Error('make bench-compare needs a git checkout')
void main(revision)
