/** The charts, drawn by Vega without a screen. */

import type { Workload } from '../clients/job.js'
import { rival } from '../clients/locate.js'
import type { Placement } from '../runner/placement.js'
import { echoPlace, type Figures } from './figures.js'
import { sizeName, workloadName } from './format.js'
import type { Chart } from './markdown.js'

/** What is used of Vega and Vega-Lite, which are installed beside the rivals. */
interface Vega {
  parse(specification: object): object
  View: new (runtime: object, options: object) => { toSVG(): Promise<string>; finalize(): void }
}
interface VegaLite {
  compile(specification: object): { spec: object }
}

/** A bar: one contender in one cell. */
interface Bar {
  contender: string
  group: string
  size: string
  wall: number
  low: number
  high: number
}

const SIZES = [64, 512, 4096, 65_536]
const WORKLOADS: readonly Workload[] = ['requestResponse', 'pipelined', 'burst']
const COLOURS = { domain: ['ours', 'rival', 'floor'], range: ['#c2410c', '#64748b', '#15803d'] }

function barsOf(figures: Figures, placement: Placement['name'], workload: Workload): Bar[] {
  return SIZES.flatMap((size) =>
    figures.results.contenders.flatMap(({ id, group }) => {
      const wall = figures.estimate(echoPlace(placement, workload, size), id)
      if (wall === undefined) return []
      return [
        { contender: id, group, size: sizeName(size), wall: wall.value, low: wall.low, high: wall.high },
      ]
    }),
  )
}

function specification(bars: readonly Bar[], title: string): object {
  const y = { field: 'contender', type: 'nominal', sort: null, title: null, axis: { labelLimit: 240 } }
  const x = { field: 'wall', type: 'quantitative', title: 'us per message; less is better' }
  const colour = { field: 'group', type: 'nominal', scale: COLOURS, title: null }
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title,
    background: 'white',
    data: { values: bars },
    facet: { column: { field: 'size', type: 'nominal', sort: SIZES.map(sizeName), title: null } },
    resolve: { scale: { x: 'independent' } },
    spec: {
      width: 190,
      height: { step: 16 },
      layer: [
        { mark: 'bar', encoding: { x, y, color: colour } },
        {
          mark: { type: 'rule', color: 'black' },
          encoding: { x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' }, y },
        },
      ],
    },
  }
}

async function draw(bars: readonly Bar[], title: string): Promise<string> {
  const vega = rival<Vega>('vega')
  const { spec } = rival<VegaLite>('vega-lite').compile(specification(bars, title))
  const view = new vega.View(vega.parse(spec), { renderer: 'none' })
  const svg = await view.toSVG()
  view.finalize()
  return svg
}

/** A chart for each placement and way of echoing that was measured. */
function planned(figures: Figures): (Chart & { bars: Bar[] })[] {
  const places = figures.results.placements.flatMap(({ name }) =>
    WORKLOADS.map((workload) => ({ name, workload })),
  )
  const all = places.map(({ name, workload }) => {
    const title = `${workloadName({ workload, size: 0, kind: 'binary', connections: 1 })}; ${name}`
    const file = `${workload}-${name}.svg`.replaceAll(' ', '-').toLowerCase()
    return { title, file, bars: barsOf(figures, name, workload) }
  })
  return all.filter(({ bars }) => bars.length > 0)
}

/** The charts of a run, not drawn. */
export function chartsOf(figures: Figures): Chart[] {
  return planned(figures).map(({ title, file }) => ({ title, file }))
}

/** The charts of a run as SVG, by the name of their file. */
export async function drawCharts(figures: Figures): Promise<Map<string, string>> {
  const drawn = new Map<string, string>()
  for (const { file, title, bars } of planned(figures)) drawn.set(file, await draw(bars, title))
  return drawn
}
