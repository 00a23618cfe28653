/** Colours: `util.styleText`, where Node has it and the output wants them. */

import { styleText } from 'node:util'

/** The roles of text, and their formats. */
const FORMATS = {
  error: 'red',
  hint: 'dim',
  received: 'cyan',
  sent: 'green',
  control: 'magenta',
  prompt: 'bold',
  key: 'blue',
  string: 'green',
  number: 'yellow',
  literal: 'magenta',
  bar: 'cyan',
} as const

/** A role of text. */
export type Role = keyof typeof FORMATS

/** Formats text by its role. */
export type Style = (role: Role, text: string) => string

/** `util.styleText`, with the option that later versions of Node have. */
type StyleText = (format: string, text: string, options: { validateStream: boolean }) => string

/** Missing in Node before 20.12. */
const format = styleText as StyleText | undefined

/** An output, as far as colours need to know it. */
interface ColourOutput {
  isTTY?: boolean | undefined
}

/**
 * Whether an output gets colours: what `FORCE_COLOR` says; otherwise not if `NO_COLOR` or `NODE_DISABLE_COLORS` is set or
 * the terminal is dumb; otherwise if it is a terminal.
 */
export function hasColours(output: ColourOutput, env: NodeJS.ProcessEnv): boolean {
  const forced = env.FORCE_COLOR
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  if (env.NO_COLOR || env.NODE_DISABLE_COLORS || env.TERM === 'dumb') return false
  return output.isTTY === true
}

const plain: Style = (_role, text) => text

/** Returns the style of an output. */
export function styleOf(output: ColourOutput, env: NodeJS.ProcessEnv = process.env): Style {
  if (format === undefined || !hasColours(output, env)) return plain
  return (role, text) => (text === '' ? '' : format(FORMATS[role], text, { validateStream: false }))
}
