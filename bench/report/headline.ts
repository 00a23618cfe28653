/** The chart at the top of README.md: the best known clients in two cells, drawn as SVG. */

import type { Workload } from '../clients/job.js'
import { BLOCKING_API, echoPlace, type Figures, PROMISE_API } from './figures.js'
import { figure } from './format.js'

/** The contenders: the name in the chart, and the adapter. Of several Nodes, the newest is shown. */
const SHOWN: readonly (readonly [name: string, adapter: string])[] = [
  ['websocket-rs', PROMISE_API],
  ['websocket-rs/sync', BLOCKING_API],
  ['Bun', 'bun'],
  ['ws + bufferutil', 'ws-bufferutil'],
  ['ws', 'ws'],
  ['undici', 'global'],
]

const PANELS: readonly (readonly [title: string, workload: Workload])[] = [
  ['512 B, 100 in flight', 'pipelined'],
  ['512 B, request-response', 'requestResponse'],
]

const WIDTH = 760
const PANEL = { x: 20, width: 350, top: 66, step: 26, labels: 132, values: 52 }

const STYLE =
  'text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#334155}' +
  '.title{font-weight:600;font-size:15px;fill:#0f172a}.ours{fill:#c2410c}.rival{fill:#94a3b8}'

interface Row {
  name: string
  value: number
}

function rowsOf(figures: Figures, workload: Workload): Row[] {
  const { contenders } = figures.results
  return SHOWN.flatMap(([name, adapter]) => {
    const id = contenders.filter((one) => one.id.replace(/@.*/, '') === adapter).at(-1)?.id
    const wall = id === undefined ? undefined : figures.estimate(echoPlace('two cores', workload, 512), id)
    return wall === undefined ? [] : [{ name, value: wall.value }]
  })
}

function bar({ name, value }: Row, x: number, y: number, scale: number): string {
  const start = x + PANEL.labels
  const length = Math.max(2, value * scale).toFixed(1)
  const kind = name.startsWith('websocket-rs') ? 'ours' : 'rival'
  return (
    `<text x="${start - 8}" y="${y + 13}" text-anchor="end">${name}</text>` +
    `<rect class="${kind}" x="${start}" y="${y}" width="${length}" height="18" rx="3"/>` +
    `<text x="${start + Number(length) + 6}" y="${y + 13}">${figure(value)}</text>`
  )
}

function panel(title: string, rows: readonly Row[], x: number): string {
  const room = PANEL.width - PANEL.labels - PANEL.values
  const scale = room / Math.max(...rows.map(({ value }) => value))
  const bars = rows.map((row, index) => bar(row, x, PANEL.top + index * PANEL.step, scale))
  return `<text x="${x}" y="52">${title}</text>\n${bars.join('\n')}`
}

/** Draws the chart. */
export function headlineChart(figures: Figures): string {
  const height = PANEL.top + SHOWN.length * PANEL.step + 12
  const panels = PANELS.map(([title, workload], index) =>
    panel(title, rowsOf(figures, workload), PANEL.x + index * (PANEL.width + 20)),
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<style>${STYLE}</style>`,
    `<rect width="${WIDTH}" height="${height}" rx="8" fill="white"/>`,
    `<text class="title" x="${PANEL.x}" y="28">Time per message of an echo, in µs; less is better</text>`,
    ...panels,
    '</svg>',
    '',
  ].join('\n')
}
