/** Runs a case: rounds in which everybody has a turn, so that a slow moment of the machine is everybody's. */

import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Case } from '../cases/case.js'
import type { Entry, Job } from '../clients/job.js'
import type { Contender } from './contenders.js'
import { startNeighbour } from './neighbour.js'
import { type Placement, placements } from './placement.js'
import { run } from './process.js'
import { type Failure, flatten, type Series } from './results.js'
import { type Server, startServer } from './server.js'
import { PEER, serverCommand } from './servers.js'

/** Somebody taking turns: a contender, perhaps with an environment of its own. */
export interface Turn {
  contender: Contender
  env?: NodeJS.ProcessEnv
}

/** What the rounds of a case left. */
export interface Outcome {
  series: Series[]
  failures: Failure[]
}

interface Setting {
  of: Case
  server: string
  placement: Placement
}

/** Answers of one contender, a row for each round. */
type Answers = ((Entry | null)[] | undefined)[]

/** Another begins each round: nobody, and no cell, always comes behind the same neighbour. */
export function rotated<T>(items: readonly T[], round: number): T[] {
  const start = items.length === 0 ? 0 : round % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}

/** The opposite of {@link rotated}. */
export function unrotated<T>(items: readonly T[], round: number): T[] {
  return rotated(items, items.length === 0 ? 0 : items.length - (round % items.length))
}

function toSeries({ of, server, placement }: Setting, contender: string, answers: Answers): Series[] {
  return of.cells.map((cell, index) => {
    const rounds = answers.map((entries) => entries?.[index])
    const flat = rounds.map((entry) => (entry == null ? {} : flatten(entry)) as Record<string, number>)
    const names = [...new Set(flat.flatMap((entry) => Object.keys(entry)))]
    const figures = Object.fromEntries(names.map((name) => [name, flat.map((entry) => entry[name] ?? null)]))
    return { case: of.name, server, placement: placement.name, contender, ...cell, figures }
  })
}

function jobOf({ of }: Setting, server: Server, ca: string): Job {
  const url = of.secure ? server.wss : server.ws
  if (url == null) throw new Error(`the server of case ${of.name} has no TLS`)
  return { url, ca: of.secure ? ca : null, milliseconds: of.milliseconds, cells: of.cells }
}

async function runRounds(setting: Setting, turns: readonly Turn[], job: Job): Promise<Outcome> {
  const { of, placement, server } = setting
  const answers = new Map<Turn, Answers>(turns.map((turn) => [turn, []]))
  const failures: Failure[] = []
  for (let round = 0; round < of.rounds; round++) {
    console.error(`${of.name}, ${server}, ${placement.name}: round ${round + 1} of ${of.rounds}`)
    for (const turn of rotated(turns, round)) {
      const contender = turn.contender.id
      const inOrder = { ...job, cells: rotated(job.cells, round) }
      const answer = await run(turn.contender, inOrder, placement.client, turn.env)
      answers.get(turn)?.push(typeof answer === 'string' ? undefined : unrotated(answer, round))
      if (typeof answer !== 'string') continue
      failures.push({ case: of.name, placement: placement.name, contender, round, reason: answer })
      console.error(`  ${contender} failed: ${answer}`)
    }
  }
  const series = turns.flatMap((turn) => toSeries(setting, turn.contender.id, answers.get(turn) ?? []))
  return { series, failures }
}

/** One server on one placement, with everybody's rounds. */
async function runSetting(setting: Setting, turns: readonly Turn[]): Promise<Outcome> {
  const server = await startServer(serverCommand(setting.server), setting.placement.server)
  let neighbour: ChildProcess | undefined
  const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-bench-'))
  try {
    if (setting.of.neighbour) neighbour = await startNeighbour(setting.placement.client)
    const ca = join(folder, 'ca.pem')
    writeFileSync(ca, server.ca ?? '')
    return await runRounds(setting, turns, jobOf(setting, server, ca))
  } finally {
    neighbour?.kill()
    rmSync(folder, { recursive: true })
    await server.stop()
  }
}

/** All servers, placements and rounds of a case. */
export async function runCase(of: Case, turns: readonly Turn[]): Promise<Outcome> {
  const all = placements()
  // A machine that cannot do the placement asked for has only one.
  const chosen = all.filter(
    ({ name }) => all.length === 1 || of.placement === undefined || name === of.placement,
  )
  const outcome: Outcome = { series: [], failures: [] }
  for (const server of of.servers ?? [PEER]) {
    for (const placement of chosen) {
      const { series, failures } = await runSetting({ of, server, placement }, turns)
      outcome.series.push(...series)
      outcome.failures.push(...failures)
    }
  }
  return outcome
}
