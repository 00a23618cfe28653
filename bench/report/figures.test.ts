/** Tests of the comparison of contenders by rounds. */

import { expect, test } from 'vitest'
import type { Series } from '../runner/results.js'
import { resultsOf, series } from '../testing/results.js'
import { Figures } from './figures.js'

test('a ratio leaves out rounds in which one of the two failed', () => {
  const figures = new Figures(
    resultsOf([
      series('websocket-rs@node20', 'pipelined', 64, [10, null, 10]),
      series('bun', 'pipelined', 64, [20, 1000, 20]),
    ]),
  )
  const [place] = figures.results.series as [Series]
  expect(figures.ratio(place, 'bun', 'websocket-rs@node20')?.value).toBe(2)
})
