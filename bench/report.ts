/** `make bench-report`: writes docs/benchmarks.md and its charts from the results of a run. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chartsOf, drawCharts } from './report/charts.js'
import { Figures } from './report/figures.js'
import { markdown } from './report/markdown.js'
import { type Reasons, reasonsAmiss } from './report/verdicts.js'
import type { Results } from './runner/results.js'

async function main(file: string, folder: string): Promise<void> {
  const results = JSON.parse(readFileSync(file, 'utf8')) as Results
  const reasons = JSON.parse(readFileSync(join('bench', 'report', 'reasons.json'), 'utf8')) as Reasons
  const figures = new Figures(results)
  const drawn = await drawCharts(figures)
  const pictures = join(folder, 'benchmarks')
  // No picture of an earlier run stays behind.
  rmSync(pictures, { recursive: true, force: true })
  mkdirSync(pictures, { recursive: true })
  for (const [name, svg] of drawn) writeFileSync(join(pictures, name), svg)
  writeFileSync(join(folder, 'benchmarks.md'), markdown(results, reasons, chartsOf(figures)))
  const { missing, needless } = reasonsAmiss(figures, reasons)
  if (missing.length > 0) console.error(`bench/report/reasons.json lacks a reason for: ${missing.join(', ')}`)
  if (needless.length > 0)
    console.error(`bench/report/reasons.json explains what is met: ${needless.join(', ')}`)
}

const [file = join('bench', 'results', 'benchmarks.json'), folder = 'docs'] = process.argv.slice(2)
void main(file, folder)
