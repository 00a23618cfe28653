/** `make bench`: runs the cases and writes the results to one file. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Case } from './cases/case.js'
import { CONTENDERS, type Contender, checkInstalled, HERE } from './runner/contenders.js'
import { footprints } from './runner/footprint.js'
import { machine } from './runner/machine.js'
import { placements } from './runner/placement.js'
import { about } from './runner/process.js'
import { keepEarlier, putCase, type Results, serialise } from './runner/results.js'
import { runCase } from './runner/rounds.js'
import { OTHER_SERVERS, PEER, serverAbout } from './runner/servers.js'
import { chosenCases, chosenContenders, chosenRounds, runsSome, wantsFootprint } from './runner/settings.js'

const IMPORTS = 9

async function participants(contenders: readonly Contender[]): Promise<Results['contenders']> {
  const all: Results['contenders'] = []
  for (const contender of contenders) {
    const { command, program, ...rest } = contender
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

/** Runs a case and returns the number of failed jobs. */
async function addCase(results: Results, one: Case, contenders: readonly Contender[]): Promise<number> {
  const entrants = contenders.filter((contender) => one.takesPart?.(contender) ?? true)
  const [date, start] = [new Date().toISOString(), performance.now()]
  const { series, failures } = await runCase(
    one,
    entrants.map((contender) => ({ contender })),
  )
  const seconds = Math.round((performance.now() - start) / 1000)
  const { name, rounds, milliseconds } = one
  putCase(results, { name, date, rounds, milliseconds, seconds }, series, failures)
  console.error(`${name}: ${series.length} series in ${seconds} s, ${failures.length} failures`)
  return failures.length
}

/** Keeps the results of the file that are not measured again. */
function keepOthers(results: Results, file: string): void {
  const earlier = JSON.parse(readFileSync(file, 'utf8')) as Results
  const order = [...CONTENDERS, ...HERE].map(({ id }) => id)
  const discarded = keepEarlier(results, earlier, order)
  if (discarded === undefined) console.error(`${file} is discarded: it is from another machine`)
  else if (discarded.length > 0)
    console.error(`earlier results are discarded, as versions differ: ${discarded.join(', ')}`)
}

async function main(file: string): Promise<void> {
  const contenders = chosenContenders()
  checkInstalled(contenders)
  const results = await empty(contenders)
  if (wantsFootprint()) results.footprints = await footprints(chosenRounds(IMPORTS))
  mkdirSync(dirname(file), { recursive: true })
  if (runsSome() && existsSync(file)) keepOthers(results, file)
  // Saved after each case, so that an interrupted run keeps the finished ones.
  const save = () => writeFileSync(file, serialise(results))
  save()
  let failures = 0
  for (const one of chosenCases()) {
    failures += await addCase(results, one, contenders)
    save()
  }
  process.exitCode = failures === 0 ? 0 : 1
}

void main(process.argv[2] ?? join('bench', 'results', 'benchmarks.json'))
