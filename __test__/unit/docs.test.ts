/** The documents say what the code says. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from 'websocket-rs'
import { servers } from '../peers/servers.js'
import { proxies } from '../proxies/proxies.js'
import {
  COMPRESSION_OPTIONS,
  CONNECT_OPTIONS,
  type OptionRecord,
  RETRY_OPTIONS,
  TLS_OPTIONS,
} from '../support/internals.js'
import type { Running } from '../support/service.js'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const api = read('docs/api.md')
const readme = read('README.md')

describe('docs/api.md', () => {
  it.each(Object.entries(ERROR_CODES))('has the row of %s as it stands in ERROR_CODES', (code, row) => {
    expect(api).toContain(`| \`${code}\` | ${row.join(' | ')} |`)
  })
})

describe('README.md', () => {
  const scores = JSON.parse(read('__test__/compat/scores.json')) as {
    suite: string
    passed: number
    of: number
  }[]

  it.each(scores)('has the figures of $suite', ({ suite, passed, of }) => {
    expect(readme).toContain(`| ${suite} | ${passed} | ${of} |`)
  })
})

/** A default in the form of the docs: numbers of five digits and more are grouped. */
function format(shown: string | number): string {
  return typeof shown === 'string' || shown < 10_000
    ? String(shown)
    : String(shown).replace(/\B(?=(\d{3})+$)/g, ' ')
}

const withPrefix = (prefix: string, records: Record<string, OptionRecord<unknown>>) =>
  Object.entries(records).map(
    ([name, { shown, unit }]) => [prefix + name, { shown: format(shown), unit }] as const,
  )

/** Every option with its record. `tls` has a row for each of its own. */
const options = [
  ...withPrefix('', CONNECT_OPTIONS).filter(([name]) => name !== 'tls'),
  ...withPrefix('tls.', TLS_OPTIONS),
  ...withPrefix('compression.', COMPRESSION_OPTIONS),
  ...withPrefix('', RETRY_OPTIONS),
]

/** The cells of the table row that names an option, and the place of the option in its first cell. */
function rowOf(text: string, option: string): { cells: string[]; at: number } | undefined {
  for (const line of text.split('\n').filter((each) => each.startsWith('| `'))) {
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
    const at = cells[0]?.split(', ').indexOf(`\`${option}\``) ?? -1
    if (at >= 0) return { cells, at }
  }
  return undefined
}

/** The comment of each option in its interface. */
const comments = new Map(
  ['connect', 'tls', 'compression', 'forever'].flatMap((file) =>
    [...read(`src/options/${file}.ts`).matchAll(/ {2}\/\*\*((?:(?!\*\/).)*)\*\/\n {2}(\w+)\??[:(]/gs)].map(
      ([, comment = '', name = '']) => [name, comment.replace(/\s*\n\s+\*\s*/g, ' ')] as const,
    ),
  ),
)

/** Defaults that are values, which the docs show in one form. The others are descriptions. */
const values = options.filter(([, { shown }]) => /^[`\d]/.test(shown) && !shown.includes(' or '))

describe('options', () => {
  it('are all there', () => expect(options.length).toBeGreaterThan(35))

  it.each(options)('%s has a row in docs/api.md, with its default', (name, { shown }) => {
    const row = rowOf(api, name)
    expect(row).toBeDefined()
    const cell = row?.cells[2]
    // Two versions of TLS share a row.
    expect(name.endsWith('Version') ? shown : cell).toBe(shown)
  })

  it.each(values)('%s has its default in README.md, if it has a row there', (name, { shown }) => {
    const row = rowOf(readme, name)
    const defaults = row?.cells[1]?.split(', ') ?? []
    if (row === undefined || name.startsWith('tls.') || row.cells[0]?.split(', ').length !== defaults.length)
      return
    expect(defaults[row.at]).toBe(shown)
  })

  it.each(values)('%s has its default in its comment', (name, { shown }) => {
    const comment = comments.get(name.replace(/^.*\./, '')) ?? ''
    if (name === 'backoff') return
    expect(comment).toContain(`Default ${shown.replace(/^`(TLSv1\.\d)`$/, "`'$1'`")}`)
  })

  it.each(options.filter(([, { unit }]) => unit === 'ms'))('%s has its unit in its comment', (name) => {
    expect(comments.get(name)).toMatch(/\bin ms\b/)
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
