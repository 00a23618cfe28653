/** Runs a case in rounds. Each round runs every contender, so a slow moment of the machine affects all of them. */

import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Case } from '../cases/case.js'
import type { Entry, Job } from '../clients/job.js'
import type { Contender } from './contenders.js'
import { documentsOf } from './documents.js'
import { startNeighbour } from './neighbour.js'
import { type Placement, placements } from './placement.js'
import { run } from './process.js'
import { type Failure, flatten, type Series } from './results.js'
import { type Server, startServer } from './server.js'
import { PEER, serverCommand } from './servers.js'
import { isAboutProcesses, runProcesses } from './whole-process.js'

/** A contender in a round, with further environment variables. */
export interface Entrant {
  contender: Contender
  env?: NodeJS.ProcessEnv
}

/** The samples and failures of a case. */
export interface Measured {
  series: Series[]
  failures: Failure[]
}

interface Setting {
  of: Case
  server: string
  placement: Placement
}

/** The entries of one contender by round; `undefined` if the round failed. */
type EntriesByRound = ((Entry | null)[] | undefined)[]

/** Returns the items, starting with another one in each round, so that the order does not favour any of them. */
export function rotated<T>(items: readonly T[], round: number): T[] {
  const start = items.length === 0 ? 0 : round % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}

/** The inverse of {@link rotated}. */
export function unrotated<T>(items: readonly T[], round: number): T[] {
  return rotated(items, items.length === 0 ? 0 : items.length - (round % items.length))
}

function toSeries({ of, server, placement }: Setting, contender: string, byRound: EntriesByRound): Series[] {
  return of.cells.map((cell, index) => {
    const rounds = byRound.map((round) => round?.[index])
    const flat = rounds.map((entry) => (entry == null ? {} : flatten(entry)) as Record<string, number>)
    const names = [...new Set(flat.flatMap((entry) => Object.keys(entry)))]
    const figures = Object.fromEntries(names.map((name) => [name, flat.map((entry) => entry[name] ?? null)]))
    return { case: of.name, server, placement: placement.name, contender, ...cell, figures }
  })
}

/** Writes the texts of compressed cells, and returns their folder, or `null` if there are none. */
function writeDocuments(of: Case, folder: string): string | null {
  const sizes = new Set(of.cells.filter(({ kind }) => kind === 'json').map(({ size }) => size))
  for (const size of sizes) writeFileSync(join(folder, `${size}.json`), JSON.stringify(documentsOf(size)))
  return sizes.size === 0 ? null : folder
}

function jobOf({ of }: Setting, server: Server, folder: string): Job {
  const url = of.secure ? server.wss : server.ws
  if (url == null) throw new Error(`the server of case ${of.name} does not support TLS`)
  const ca = join(folder, 'ca.pem')
  writeFileSync(ca, server.ca ?? '')
  return {
    url,
    ca: of.secure ? ca : null,
    milliseconds: of.milliseconds,
    documents: writeDocuments(of, folder),
    compression: of.compression ?? 'equal',
    cells: of.cells,
  }
}

async function runRounds(setting: Setting, entrants: readonly Entrant[], job: Job): Promise<Measured> {
  const { of, placement, server } = setting
  const entries = new Map<Entrant, EntriesByRound>(entrants.map((entrant) => [entrant, []]))
  const failures: Failure[] = []
  for (let round = 0; round < of.rounds; round++) {
    console.error(`${of.name}, ${server}, ${placement.name}: round ${round + 1} of ${of.rounds}`)
    for (const entrant of rotated(entrants, round)) {
      const contender = entrant.contender.id
      const inOrder = { ...job, cells: rotated(job.cells, round) }
      const result = isAboutProcesses(of)
        ? await runProcesses(entrant.contender, inOrder, placement.client)
        : await run(entrant.contender, inOrder, placement.client, entrant.env)
      entries.get(entrant)?.push(typeof result === 'string' ? undefined : unrotated(result, round))
      if (typeof result !== 'string') continue
      failures.push({ case: of.name, placement: placement.name, contender, round, reason: result })
      console.error(`  ${contender} failed: ${result}`)
    }
  }
  const series = entrants.flatMap((entrant) =>
    toSeries(setting, entrant.contender.id, entries.get(entrant) ?? []),
  )
  return { series, failures }
}

/** Runs all rounds with one server on one placement. */
async function runSetting(setting: Setting, entrants: readonly Entrant[]): Promise<Measured> {
  const server = await startServer(serverCommand(setting.server), setting.placement.server)
  let neighbour: ChildProcess | undefined
  const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-bench-'))
  try {
    if (setting.of.neighbour) neighbour = await startNeighbour(setting.placement.client)
    return await runRounds(setting, entrants, jobOf(setting, server, folder))
  } finally {
    neighbour?.kill()
    rmSync(folder, { recursive: true })
    await server.stop()
  }
}

/** Runs a case with all its servers, placements and rounds. */
export async function runCase(of: Case, entrants: readonly Entrant[]): Promise<Measured> {
  const all = placements()
  // A machine with a single placement uses it for all cases.
  const chosen = all.filter(
    ({ name }) => all.length === 1 || of.placement === undefined || name === of.placement,
  )
  const measured: Measured = { series: [], failures: [] }
  for (const server of of.servers ?? [PEER]) {
    for (const placement of chosen) {
      const { series, failures } = await runSetting({ of, server, placement }, entrants)
      measured.series.push(...series)
      measured.failures.push(...failures)
    }
  }
  return measured
}
