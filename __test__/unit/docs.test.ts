/** The documents say what the code says. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from 'websocket-rs'
import { chartsOf } from '../../bench/report/charts.js'
import { Figures } from '../../bench/report/figures.js'
import { markdown } from '../../bench/report/markdown.js'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const api = read('docs/api.md')
const readme = read('README.md')

describe('docs/api.md', () => {
  it.each(Object.entries(ERROR_CODES))('has the row of %s as it stands in ERROR_CODES', (code, row) => {
    expect(api).toContain(`| \`${code}\` | ${row.join(' | ')} |`)
  })
})

describe('README.md', () => {
  it.each(Object.entries(ERROR_CODES))('lists %s under its class', (code, [className]) => {
    const line = readme.split('\n').find((one) => one.startsWith(`| \`${className}\` |`))
    expect(line).toMatch(new RegExp(`\`(ERR_WS)?${code.replace('ERR_WS', '')}\``))
  })

  it('names the two commands of a fresh machine at its top', () => {
    const top = readme.split('\n').slice(0, 12).join('\n')
    expect(top).toContain('make demo')
    expect(top).toContain('make test')
  })
})

describe('docs/benchmarks.md', () => {
  const results = JSON.parse(read('bench/results/benchmarks.json'))
  const charts = chartsOf(new Figures(results))

  it('is what `make bench-report` makes of the results beside it', () => {
    const reasons = JSON.parse(read('bench/report/reasons.json'))
    expect(read('docs/benchmarks.md')).toBe(markdown(results, reasons, charts))
  })

  it.each(charts)('has its chart $file', ({ file }) => {
    expect(read(`docs/benchmarks/${file}`)).toMatch(/^<svg/)
  })
})
