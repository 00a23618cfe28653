/** `make bench-report`: writes docs/benchmarks*.md with their charts and bench/TARGETS.md from the results of the last runs. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { draw } from './report/chart.js'
import { benchmarksDocument, chartsOf } from './report/document.js'
import { Figures } from './report/figures.js'
import { headlineChart } from './report/headline.js'
import { type LossReason, reviewLossReasons } from './report/losses.js'
import { documentOf, OWN_RUNS, ownRunDocument, resultsOf } from './report/own-runs.js'
import { reviewTargetReasons, type TargetReasons, targetsDocument } from './report/targets/document.js'
import type { Target } from './report/targets/target.js'
import type { Results } from './runner/results.js'

const RESULTS = join('bench', 'results', 'benchmarks.json')
const TARGETS = join('bench', 'TARGETS.md')
const TARGET_REASONS = join('bench', 'report', 'targets', 'reasons.json')
const LOSS_REASONS = join('bench', 'report', 'losses.json')

function read<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T
}

async function writeCharts(figures: Figures, folder: string): Promise<void> {
  // Charts of an earlier run must not remain.
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const chart of chartsOf(figures)) writeFileSync(join(folder, chart.file), await draw(chart))
  writeFileSync(join(folder, 'headline.svg'), headlineChart(figures))
}

/** Reports targets without a reason, and reasons without need. */
function reviewTargets(figures: Figures, reasons: TargetReasons, targets?: readonly Target[]): void {
  const { missing, needless } = reviewTargetReasons(figures, reasons, targets)
  if (missing.length > 0) console.error(`${TARGET_REASONS} has no reason for: ${missing.join(', ')}`)
  if (needless.length > 0)
    console.error(`${TARGET_REASONS} has a reason for met targets: ${needless.join(', ')}`)
}

function review(figures: Figures, targets: TargetReasons, losses: readonly LossReason[]): void {
  reviewTargets(figures, targets)
  const ofLosses = reviewLossReasons(figures, losses)
  if (ofLosses.missing) console.error(`${LOSS_REASONS} has no reason for the losses under "Other cells"`)
  if (ofLosses.needless.length > 0)
    console.error(`${LOSS_REASONS} has reasons without a loss: ${ofLosses.needless.join(', ')}`)
}

async function main(): Promise<void> {
  const figures = new Figures(read<Results>(RESULTS))
  const targets = read<TargetReasons>(TARGET_REASONS)
  const losses = read<LossReason[]>(LOSS_REASONS)
  await writeCharts(figures, join('docs', 'benchmarks'))
  writeFileSync(join('docs', 'benchmarks.md'), benchmarksDocument(figures, losses))
  writeFileSync(TARGETS, targetsDocument(figures, targets))
  review(figures, targets, losses)
  for (const run of OWN_RUNS) {
    const ofRun = new Figures(read<Results>(resultsOf(run)))
    writeFileSync(documentOf(run), ownRunDocument(run, ofRun, targets))
    reviewTargets(ofRun, targets, run.targets)
  }
}

void main()
