/** `make bench`: runs the cases and writes everything that was measured to one file. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Case } from './cases/case.js'
import { type Contender, checkInstalled } from './runner/contenders.js'
import { footprints } from './runner/footprint.js'
import { machine } from './runner/machine.js'
import { placements } from './runner/placement.js'
import { about } from './runner/process.js'
import { type Results, serialise, takeOver } from './runner/results.js'
import { runCase } from './runner/rounds.js'
import { OTHER_SERVERS, PEER, serverAbout } from './runner/servers.js'
import { chosenCases, chosenContenders, chosenRounds, leavesOut, wantsFootprint } from './runner/settings.js'

const IMPORTS = 9

async function participants(contenders: readonly Contender[]): Promise<Results['contenders']> {
  const all: Results['contenders'] = []
  for (const contender of contenders) {
    const { command, ...rest } = contender
    all.push({ ...rest, ...(await about(contender)) })
  }
  return all
}

async function empty(contenders: readonly Contender[]): Promise<Results> {
  return {
    date: new Date().toISOString(),
    machine: machine(),
    placements: placements(),
    contenders: await participants(contenders),
    servers: [PEER, ...Object.keys(OTHER_SERVERS)].map((name) => ({ name, about: serverAbout(name) })),
    cases: [],
    series: [],
    footprints: [],
    failures: [],
  }
}

async function addCase(results: Results, one: Case, contenders: readonly Contender[]): Promise<void> {
  const turns = contenders.filter((contender) => one.takesPart?.(contender) ?? true)
  const [date, start] = [new Date().toISOString(), performance.now()]
  const { series, failures } = await runCase(
    one,
    turns.map((contender) => ({ contender })),
  )
  const seconds = Math.round((performance.now() - start) / 1000)
  const { name, rounds, milliseconds } = one
  results.cases.push({ name, date, rounds, milliseconds, seconds })
  results.series.push(...series)
  results.failures.push(...failures)
}

/** The cases of the file that are not run stay in it. */
function keepOthers(results: Results, file: string, cases: readonly Case[]): void {
  const earlier = JSON.parse(readFileSync(file, 'utf8')) as Results
  const names = cases.map(({ name }) => name)
  if (!takeOver(results, earlier, names)) {
    console.error(
      `${file} was of another machine, or others took part: only ${names.join(', ')} will be in it`,
    )
  }
}

async function main(file: string): Promise<void> {
  const contenders = chosenContenders()
  checkInstalled(contenders)
  const results = await empty(contenders)
  if (wantsFootprint()) results.footprints = await footprints(chosenRounds(IMPORTS))
  mkdirSync(dirname(file), { recursive: true })
  const cases = chosenCases()
  if (leavesOut() && existsSync(file)) keepOthers(results, file, cases)
  for (const one of cases) {
    await addCase(results, one, contenders)
    // A run that is ended early leaves the cases it got through.
    writeFileSync(file, serialise(results))
  }
  const total = results.cases.reduce((sum, { seconds }) => sum + seconds, 0)
  console.error(`${file}: ${results.series.length} series in ${total} s, ${results.failures.length} failures`)
  // The report shows what failed; that it did is no success.
  process.exitCode = results.failures.length === 0 ? 0 : 1
}

void main(process.argv[2] ?? join('bench', 'results', 'benchmarks.json'))
