/** The charts of all contenders: one for each echo workload and placement. */

import type { Workload } from '../clients/job.js'
import type { Placement } from '../runner/placement.js'
import type { Bar, Chart } from './chart.js'
import { echoPlace, type Figures } from './figures.js'
import { sizeName, workloadName } from './format.js'

const SIZES = [64, 512, 4096, 65_536]
const WORKLOADS: readonly Workload[] = ['requestResponse', 'pipelined', 'burst']

function barsOf(figures: Figures, placement: Placement['name'], workload: Workload): Bar[] {
  return SIZES.flatMap((size) =>
    figures.results.contenders.flatMap(({ id, group }) => {
      const wall = figures.estimate(echoPlace(placement, workload, size), id)
      if (wall === undefined) return []
      const { value, low, high } = wall
      return [{ contender: id, group, column: sizeName(size), wall: value, low, high }]
    }),
  )
}

/** Returns the charts of the placements and workloads that were measured. */
export function echoCharts(figures: Figures): Chart[] {
  const all = figures.results.placements.flatMap(({ name }) =>
    WORKLOADS.map((workload) => ({
      title: `${workloadName({ workload, connections: 1, kind: 'binary' })}; ${name}`,
      file: `${workload}-${name}.svg`.replaceAll(' ', '-').toLowerCase(),
      bars: barsOf(figures, name, workload),
    })),
  )
  return all.filter(({ bars }) => bars.length > 0)
}
