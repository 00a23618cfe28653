/** JSON texts as people read them: indented and coloured, with every number and string as it was sent. */

import { printable } from './printable.js'
import type { Role, Style } from './style.js'

/** Longest text that is formatted, in characters. */
const MAX_LENGTH = 1 << 20
const INDENT = 2
/** Deepest nesting that is formatted: deeper lines would be mostly indentation. */
const MAX_DEPTH = 64

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

/**
 * Returns for each opening bracket how many characters it takes up to its closing one, in one line. Returns `undefined` if
 * they are nested too deep.
 */
function lengthsOf(tokens: string[]): Map<number, number> | undefined {
  const lengths = new Map<number, number>()
  const opened: { at: number; from: number }[] = []
  let length = 0
  for (const [at, token] of tokens.entries()) {
    if (token === '{' || token === '[') opened.push({ at, from: length })
    if (opened.length > MAX_DEPTH) return undefined
    length += token.length + (token === ',' || token === ':' ? 1 : 0)
    const begin = token === '}' || token === ']' ? opened.pop() : undefined
    if (begin !== undefined) lengths.set(begin.at, length - begin.from)
  }
  return lengths
}

/** Writes tokens: each object or array in one line if it fits, otherwise with a line for each value. */
class Writer {
  readonly #style: Style
  readonly #width: number
  readonly #lengths: Map<number, number>
  #text = ''
  #depth = 0
  /** The depth of the outermost container that is written in one line. */
  #lineDepth = Number.POSITIVE_INFINITY

  constructor(tokens: string[], lengths: Map<number, number>, style: Style, width: number) {
    this.#style = style
    this.#width = width
    this.#lengths = lengths
    for (const [at, token] of tokens.entries()) this.#add(at, token, tokens[at - 1], tokens[at + 1])
  }

  get text(): string {
    return this.#text
  }

  #add(at: number, token: string, last: string | undefined, next: string | undefined): void {
    if (token === '{' || token === '[') this.#open(at, token, next)
    else if (token === '}' || token === ']') this.#close(token, last)
    else if (token === ',') {
      this.#text += token
      this.#break(' ')
    } else if (token === ':') this.#text += ': '
    else this.#text += this.#style(roleOf(token, next === ':'), printable(token))
  }

  #open(at: number, token: string, next: string | undefined): void {
    const fits = this.#depth * INDENT + (this.#lengths.get(at) ?? 0) <= this.#width
    if (fits) this.#lineDepth = Math.min(this.#lineDepth, this.#depth)
    this.#depth += 1
    this.#text += token
    if (next !== '}' && next !== ']') this.#break('')
  }

  #close(token: string, last: string | undefined): void {
    this.#depth -= 1
    if (last !== '{' && last !== '[') this.#break('')
    this.#text += token
    if (this.#lineDepth === this.#depth) this.#lineDepth = Number.POSITIVE_INFINITY
  }

  #break(otherwise: string): void {
    const isLine = this.#lineDepth !== Number.POSITIVE_INFINITY
    this.#text += isLine ? otherwise : `\n${' '.repeat(this.#depth * INDENT)}`
  }
}

/**
 * Formats a JSON object or array: what fits in `width` characters in one line, otherwise with a line for each value.
 * Returns `undefined` for any other text, and for one that is nested more than 64 deep.
 */
export function formatJSON(text: string, style: Style, width: number): string | undefined {
  if (!isContainer(text)) return undefined
  const tokens = text.match(TOKEN) ?? []
  const lengths = lengthsOf(tokens)
  return lengths === undefined ? undefined : new Writer(tokens, lengths, style, width).text
}
