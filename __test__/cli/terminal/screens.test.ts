// The screens of docs/cli.md: made by using the command line, and compared with the committed ones. `UPDATE=1` replaces them.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { peer } from '../../support/peer.js'
import { toSvg } from './screen-svg.js'
import { command, Terminal } from './terminal.js'

const folder = fileURLToPath(new URL('../../../docs/cli/', import.meta.url))
const COLUMNS = 88
const updates = process.env.UPDATE === '1'

/** The address of the peer as the documents show it, of the same length. */
const address = new URL(peer.ws).host
const shownAddress = 'localhost:8080'.padEnd(address.length)

/** Returns a screen as the documents show it: what was typed into the shell first, and an address that says something. */
function toShown(screen: string, typed: string): string {
  const shown = screen.replaceAll(address, shownAddress.trim()).replace(/\n[^\n]*exit \d+[^\n]*$/, '')
  return `$ ${typed.replaceAll(address, shownAddress.trim())}\n${shown}`
}

/** Returns the text of a picture without what differs from run to run: numbers, units, bars and spaces. */
function textOf(svg: string): string[] {
  const text = svg.replace(/<title>.*<\/title>|<[^>]*>/g, '')
  return text
    .split('\n')
    .map((line) =>
      line
        .replaceAll('\u00a0', ' ')
        .replace(/[\d.]+( [\d.]+)*/g, '0')
        .replace(/\bm?s\b/g, 's')
        .replace(/[KMG]iB/g, 'B')
        .replace(/█+/g, '█')
        .replace(/ +/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '' && !line.startsWith('&lt;'))
}

/** Writes a picture, or compares it with the one that is there. */
function check(name: string, terminal: Terminal, typed: string, title: string): void {
  const svg = toSvg(toShown(terminal.colours, typed), COLUMNS, title)
  const file = `${folder}${name}.svg`
  if (updates) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, svg)
  }
  expect(textOf(readFileSync(file, 'utf8'))).toEqual(textOf(svg))
}

const size = { columns: COLUMNS, rows: 40 }

describe.skipIf(process.platform !== 'linux')('docs/cli/', () => {
  test('client.svg shows the interactive client', async () => {
    const terminal = new Terminal(command(peer.ws), size)
    await terminal.shows(/ ms >$/m)
    const lines: [typed: string, answer: RegExp][] = [
      ['hello', /← hello/],
      [
        '{"op":"subscribe","channels":["trades","book"],"symbols":["BTC-USD","ETH-USD"],"since":1764460800000}',
        /"since"[^}]*\}\n/,
      ],
      ['/binary 89 50 4e 47 0d 0a 1a 0a', /\|\.PNG/],
      ['/ping', /pong in/],
      ['/pnig', /did you mean/],
      ['/close 1000 done', /exit 0/],
    ]
    for (const [typed, answer] of lines) {
      terminal.enter(typed)
      await terminal.shows(answer)
    }
    check('client', terminal, `websocket-rs ws://${address}`, 'The interactive client')
  })

  test('ping.svg shows ping', async () => {
    const terminal = new Terminal(command('ping', peer.ws, '-n', '4', '-i', '200ms'), size)
    await terminal.shows(/exit 0/)
    check('ping', terminal, `websocket-rs ping ws://${address} -n 4`, 'Round trips and their summary')
  })

  test('bench.svg shows the results of bench', async () => {
    const args = ['bench', peer.ws, '-c', '10', '--window', '20', '-d', '2s']
    const terminal = new Terminal(command(...args), size)
    await terminal.shows(/exit 0/)
    check(
      'bench',
      terminal,
      `websocket-rs bench ws://${address} -c 10 --window 20 -d 2s`,
      'Rates and a histogram of latencies',
    )
  })
})
