// The documents agree with the code.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from 'websocket-rs'
import { chartsOf } from '../../bench/report/charts.js'
import { Figures } from '../../bench/report/figures.js'
import { markdown } from '../../bench/report/markdown.js'
import { servers } from '../peers/servers.js'
import { proxies } from '../proxies/proxies.js'
import type { Running } from '../support/service.js'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const api = read('docs/api.md')
const readme = read('README.md')

describe('docs/api.md', () => {
  it.each(Object.entries(ERROR_CODES))('has the row of %s in ERROR_CODES', (code, row) => {
    expect(api).toContain(`| \`${code}\` | ${row.join(' | ')} |`)
  })
})

/** The options of an interface, each with the comment before it. */
function optionsOf(file: string, name: string): [option: string, comment: string][] {
  const [, body = ''] = new RegExp(`export interface ${name} {\\n(.*?)\\n}`, 's').exec(read(file)) ?? []
  return [...body.matchAll(/ {2}\/\*\*(.*?)\*\/\n {2}(\w+)\?: /gs)].map(([, comment = '', option = '']) => [
    option,
    comment,
  ])
}

const options = [
  // `tls` is a row for each of its own.
  ...optionsOf('src/options.ts', 'ConnectOptions').filter(([option]) => option !== 'tls'),
  ...optionsOf('src/tls.ts', 'TlsOptions').map(([option, comment]) => [`tls.${option}`, comment] as const),
]

describe('options', () => {
  it('are all there', () => expect(options.length).toBeGreaterThan(30))

  it.each(options)('%s has a row in docs/api.md', (option) => {
    const rows = api.split('\n').filter((line) => line.startsWith('| `'))
    expect(rows.some((row) => row.split(' | ')[0]?.includes(`\`${option}\``))).toBe(true)
  })

  const times = options.filter(([option]) => /Timeout$|Interval$/.test(option))

  it.each(times)('%s says its unit and its default', (_option, comment) => {
    expect(comment).toMatch(/\bin ms\b.*Default \d/s)
  })
})

describe('README.md', () => {
  it.each(Object.entries(ERROR_CODES))('lists %s under its class', (code, [className]) => {
    const line = readme.split('\n').find((one) => one.startsWith(`| \`${className}\` |`))
    expect(line).toMatch(new RegExp(`\`(ERR_WS)?${code.replace('ERR_WS', '')}\``))
  })

  it('names make demo and make test in its first lines', () => {
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

describe('docs/interoperability.md', () => {
  const [first = '', second = ''] = read('docs/interoperability.md').split('## Proxies')
  const rowsOf = (text: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2)
      .map((line) => line.slice(2, -2).split(' | '))
  const rows = rowsOf(first)

  it('has a row for each server with its close code', () => {
    const closes = rows.map(([name, , , code]) => [name, code])
    expect(closes).toEqual(servers.map(({ name, closesWith }) => [name, `${closesWith ?? '–'}`]))
  })

  it('has a row for each proxy with its URL schemes', () => {
    const running = { plain: '', tls: '' } as Running
    const schemes = proxies.map(({ name, urls }) => [
      name,
      urls(running, '')
        .map((url) => `\`${new URL(`${url}x`).protocol}\``)
        .join(', '),
    ])
    expect(rowsOf(second).map(([name, column]) => [name, column])).toEqual(schemes)
  })

  it('names the pinned versions', () => {
    const { dependencies } = JSON.parse(read('__test__/peers/packages/package.json'))
    const python = read('__test__/peers/packages/requirements.in').trim().split('\n')
    const pinned = [...Object.values(dependencies), ...python.map((line) => line.split('==')[1])]
    const named = rows.flatMap(([, version]) => version?.split(', '))
    expect(named).toEqual(expect.arrayContaining(pinned))
  })
})
