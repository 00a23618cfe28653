/** `make bench-quick`: compares websocket-rs with ws on the Node that runs this program, in two minutes. */

import { type Case, cellsOf, ECHOES, isVariant } from './cases/case.js'
import { Figures, type Place } from './report/figures.js'
import { figure, sizeName, withInterval } from './report/format.js'
import { HERE } from './runner/contenders.js'
import { machine } from './runner/machine.js'
import { placements } from './runner/placement.js'
import type { Results } from './runner/results.js'
import { runCase } from './runner/rounds.js'
import { PEER } from './runner/servers.js'
import { chosenMilliseconds, chosenRounds } from './runner/settings.js'

const SIZES = [64, 512, 4096, 65_536]
/** The rival of the last column. */
const RIVAL = 'ws-bufferutil@here'
const CONTENDERS = HERE.filter((contender) => !isVariant(contender))

const quick: Case = {
  name: 'quick',
  title: '',
  about: '',
  cells: cellsOf(ECHOES, SIZES),
  rounds: chosenRounds(5),
  milliseconds: chosenMilliseconds(30),
}

function line(place: Place, figures: Figures): string {
  const columns = CONTENDERS.map(({ id }) => {
    const wall = figures.estimate(place, id)
    if (wall === undefined) return 'failed'.padEnd(36)
    const ratio = figures.ratio(place, RIVAL, id)
    const cpu = figure(figures.median(place, id, 'cpu') ?? Number.NaN)
    return `${withInterval(wall)} cpu ${cpu} ${figure(ratio?.value ?? Number.NaN)}x`.padEnd(36)
  })
  return [place.workload.padEnd(16), sizeName(place.size).padStart(7), ...columns].join(' ')
}

async function main(): Promise<void> {
  const { series, failures } = await runCase(
    quick,
    CONTENDERS.map((contender) => ({ contender })),
  )
  const contenders = CONTENDERS.map(({ id, group }) => ({ id, group, name: id, version: '', runtime: '' }))
  const head = { date: '', machine: machine(), placements: placements(), contenders, servers: [], cases: [] }
  const figures = new Figures({ ...head, series, footprints: [], failures } satisfies Results)
  console.log(`Node ${process.versions.node}: us per message (95 % interval), CPU, times as fast as ${RIVAL}`)
  for (const { name: placement } of placements()) {
    const names = CONTENDERS.map(({ id }) => id.replace('@here', '').padEnd(36))
    console.log(`\n${[placement.padEnd(16), '   size', ...names].join(' ')}`)
    for (const cell of quick.cells)
      console.log(line({ case: 'quick', server: PEER, placement, ...cell }, figures))
  }
  process.exitCode = failures.length === 0 ? 0 : 1
}

void main()
