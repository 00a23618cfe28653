/** Draws a bar chart as SVG with Vega, which is installed with the rivals. */

import { rival } from '../clients/locate.js'

/** The part of Vega and Vega-Lite that is used. */
interface Vega {
  parse(specification: object): object
  View: new (runtime: object, options: object) => { toSVG(): Promise<string>; finalize(): void }
}
interface VegaLite {
  compile(specification: object): { spec: object }
}

/** A bar with its interval: the time of one contender in one cell. */
export interface Bar {
  contender: string
  /** The colour of the bar. */
  group: string
  /** The facet of the bar. */
  column: string
  row?: string
  wall: number
  low: number
  high: number
}

/** A chart of docs/benchmarks.md. */
export interface Chart {
  /** Name of its file. */
  file: string
  title: string
  bars: Bar[]
}

const COLOURS = { domain: ['ours', 'rival', 'floor'], range: ['#c2410c', '#64748b', '#15803d'] }

function specification({ bars, title }: Chart): object {
  const y = { field: 'contender', type: 'nominal', sort: null, title: null }
  const x = { field: 'wall', type: 'quantitative', title: 'us per message; less is better' }
  const groups = new Set(bars.map(({ group }) => group))
  const domain = COLOURS.domain.filter((group) => groups.has(group))
  const colour = { field: 'group', type: 'nominal', scale: { ...COLOURS, domain }, title: null }
  const facet = (field: 'column' | 'row') => {
    return { field, type: 'nominal', sort: [...new Set(bars.map((bar) => bar[field]))], title: null }
  }
  const row = bars.some((bar) => bar.row !== undefined) ? { row: facet('row') } : {}
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title,
    background: 'white',
    config: { axis: { labelLimit: 320 } },
    data: { values: bars },
    facet: { column: facet('column'), ...row },
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

/** Draws a chart. */
export async function draw(chart: Chart): Promise<string> {
  const vega = rival<Vega>('vega')
  const { spec } = rival<VegaLite>('vega-lite').compile(specification(chart))
  const view = new vega.View(vega.parse(spec), { renderer: 'none' })
  const svg = await view.toSVG()
  view.finalize()
  return svg
}
