// docs/cli.md says what the code says.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { COMMANDS, EXIT_CODES, flagList, SLASH_COMMANDS, spell } from './modules.js'

const guide = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')

/** A text as it stands in the cell of a table. */
const cell = (text: string) => text.replaceAll('|', '\\|')

describe('docs/cli.md', () => {
  test.each(Object.values(COMMANDS))('has the row of $usage', ({ usage, summary }) => {
    expect(guide).toContain(`| \`websocket-rs ${cell(usage)}\` | ${summary} |`)
  })

  test.each(Object.entries(EXIT_CODES))('has the row of exit code %s', (code, meaning) => {
    expect(guide).toContain(`| ${code} | ${meaning} |`)
  })

  test.each(flagList)('has the row of --%s', (name, flag) => {
    const commands = flag.commands.filter((command) => command !== 'help' && command !== 'completion')
    const shown = commands.map((command) => (command === 'connect' ? 'URL' : command)).join(', ')
    expect(guide).toContain(`| \`${cell(spell(name, flag).trim())}\` | ${shown} | ${flag.help} |`)
  })

  test.each(Object.entries(SLASH_COMMANDS))('has the row of %s', (name, [usage, help]) => {
    expect(guide).toContain(`| \`${`${name} ${usage}`.trim()}\` | ${help} |`)
  })
})
