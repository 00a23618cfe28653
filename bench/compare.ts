/**
 * `make bench-compare REV=…`: the echo cells of this tree and of another commit, in turns. Both run
 * under this tree's adapters and against this tree's server: what differs is the package.
 */

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Case, cellsOf, ECHOES } from './cases/case.js'
import { keyOf } from './report/figures.js'
import { type Estimate, ratioEstimate } from './report/statistics.js'
import { figure, sizeName } from './report/words.js'
import { type Contender, pick } from './runner/contenders.js'
import type { Series } from './runner/results.js'
import { runCase } from './runner/rounds.js'
import { chosenMilliseconds, chosenRounds } from './runner/settings.js'

const FACES = ['websocket-rs', 'websocket-rs-recv', 'websocket-rs-sync']

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

/** A built tree of the commit. */
function build(revision: string): string {
  const commit = git('rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`)
  const tree = resolve('.cache', 'compare', commit)
  // A tree that was deleted by hand is still on git's list.
  git('worktree', 'prune')
  if (!existsSync(tree)) git('worktree', 'add', '--detach', tree, commit)
  console.error(`building ${commit} in ${tree}`)
  // Its own make decides with its own variables; its output is no part of the figures.
  const { MAKEFLAGS, MFLAGS, MAKELEVEL, CARGO_TARGET_DIR, ...env } = process.env
  execFileSync('make', ['build'], { cwd: tree, env, stdio: ['ignore', 2, 2] })
  return tree
}

/** Rounds below which an interval says nothing: of two, one excludes 1 half of the time by chance. */
const ENOUGH_ROUNDS = 5

/** Times as fast as the other tree, and what may be said of that. */
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
  const { contender, placement, work, size } = ours
  return [
    contender.padEnd(24),
    placement.padEnd(10),
    work.padEnd(16),
    sizeName(size).padStart(7),
    verdict,
  ].join(' ')
}

const OTHER = ', other tree'

/** The same adapter on the package of another tree. */
function otherwise({ id, ...rest }: Contender): Contender {
  return { ...rest, id: `${id}${OTHER}` }
}

async function main(revision: string): Promise<void> {
  const tree = build(revision)
  const contenders = pick(FACES.map((face) => `${face}@here`))
  const turns = contenders.flatMap((contender) => [
    { contender },
    { contender: otherwise(contender), env: { TREE: tree } },
  ])
  const { series, failures } = await runCase(compared, turns)
  const figures = new Map(series.map((one) => [`${keyOf(one)}|${one.contender}`, one]))
  console.log(`this tree against ${revision}: times as fast (95 % interval), ${compared.rounds} rounds`)
  for (const one of series.filter(({ contender }) => !contender.endsWith(OTHER))) {
    console.log(compareCell(one, figures.get(`${keyOf(one)}|${one.contender}${OTHER}`)))
  }
  const cells = series.length / 2
  console.log(
    `of ${cells} cells, about ${Math.ceil(cells / 20)} differ by chance alone: look for what they have in common`,
  )
  process.exitCode = failures.length === 0 ? 0 : 1
}

const [revision] = process.argv.slice(2)
if (revision === undefined || revision === '') throw new Error('which commit? make bench-compare REV=…')
if (!existsSync(join('.git'))) throw new Error('bench-compare needs a git checkout')
void main(revision)
