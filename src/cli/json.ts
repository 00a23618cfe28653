/** JSON texts as people read them: indented and coloured, with every number and string as it was sent. */

import { printable } from './printable.js'
import type { Role, Style } from './style.js'

/** Longest text that is formatted, in characters. */
const MAX_LENGTH = 1 << 20
const INDENT = 2

/** A token: a string, a number or a name, or a bracket, comma or colon. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[^\s"{}[\],:]+|[{}[\],:]/g

function isContainer(text: string): boolean {
  if (text.length > MAX_LENGTH || !/^\s*[{[]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function roleOf(token: string, isKey: boolean): Role {
  if (isKey) return 'key'
  if (token.startsWith('"')) return 'string'
  return /^[-\d]/.test(token) ? 'number' : 'literal'
}

/** Writes tokens in one line, or each value in a line of its own. */
class Writer {
  readonly #style: Style
  readonly #isWide: boolean
  #text = ''
  #depth = 0

  constructor(style: Style, isWide: boolean) {
    this.#style = style
    this.#isWide = isWide
  }

  write(tokens: string[]): string {
    for (const [at, token] of tokens.entries()) this.#add(token, tokens[at - 1], tokens[at + 1])
    return this.#text
  }

  #add(token: string, last: string | undefined, next: string | undefined): void {
    if (token === '{' || token === '[') {
      this.#depth += 1
      this.#text += token
      if (next !== '}' && next !== ']') this.#break('')
    } else if (token === '}' || token === ']') {
      this.#depth -= 1
      if (last !== '{' && last !== '[') this.#break('')
      this.#text += token
    } else if (token === ',') {
      this.#text += token
      this.#break(' ')
    } else if (token === ':') this.#text += ': '
    else this.#text += this.#style(roleOf(token, next === ':'), printable(token))
  }

  #break(otherwise: string): void {
    this.#text += this.#isWide ? otherwise : `\n${' '.repeat(this.#depth * INDENT)}`
  }
}

/**
 * Formats a JSON object or array: in one line if that has at most `width` characters, otherwise with a line for each
 * value. Returns `undefined` for any other text.
 */
export function formatJSON(text: string, style: Style, width: number): string | undefined {
  if (!isContainer(text)) return undefined
  const tokens = text.match(TOKEN) ?? []
  const length = tokens.reduce(
    (sum, token) => sum + token.length + (token === ',' || token === ':' ? 1 : 0),
    0,
  )
  return new Writer(style, length <= width).write(tokens)
}
