/** Messages as a terminal shows them: JSON indented, binary as hex, long ones cut, and nothing that controls the terminal. */

import type { Message } from '../native/payload.js'
import { hexDump } from './hex.js'
import { formatJSON } from './json.js'
import { printable, printableLines } from './printable.js'
import type { Style } from './style.js'
import { formatSize } from './values.js'

/** Most bytes of a binary message, and characters and lines of a text, that are shown. */
const MAX_BYTES = 512
const MAX_CHARACTERS = 8192
const MAX_LINES = 64
/** Width if the output does not say. */
const WIDTH = 80

/** Cuts a text without parting a surrogate pair. */
function cut(text: string, most: number): string {
  const last = text.charCodeAt(most - 1)
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? most - 1 : most)
}

function showText(text: string, style: Style, width: number): string {
  const json = text.length <= MAX_CHARACTERS ? formatJSON(text, style, width) : undefined
  const shown = json ?? printableLines(cut(text, MAX_CHARACTERS))
  const lines = shown.split('\n')
  const isCut = text.length > MAX_CHARACTERS || lines.length > MAX_LINES
  if (!isCut) return shown
  return [
    ...lines.slice(0, MAX_LINES),
    style('hint', `… ${formatSize(Buffer.byteLength(text))} in all`),
  ].join('\n')
}

function showBytes(bytes: Buffer, style: Style, width: number): string {
  const title = `binary, ${formatSize(bytes.length)}`
  const rest = bytes.length > MAX_BYTES ? [style('hint', `… ${formatSize(bytes.length)} in all`)] : []
  const dump = bytes.length === 0 ? [] : [hexDump(bytes.subarray(0, MAX_BYTES), width)]
  return [style('hint', title), ...dump, ...rest].join('\n')
}

/** Shows messages and events on a terminal. */
export class View {
  readonly #style: Style
  readonly #width: () => number

  constructor(style: Style, output: { columns?: number }) {
    this.#style = style
    this.#width = () => (output.columns ?? WIDTH) - 2
  }

  /** Returns a received message: an arrow, then its lines, indented so that none looks like one of the client. */
  received(data: Message): string {
    const shown =
      typeof data === 'string'
        ? showText(data, this.#style, this.#width())
        : showBytes(data, this.#style, this.#width())
    return `${this.#style('received', '←')} ${shown.replaceAll('\n', '\n  ')}`
  }

  /** Returns a sent message that was not typed. */
  sent(data: Message): string {
    const shown =
      typeof data === 'string'
        ? showText(data, this.#style, this.#width())
        : showBytes(data, this.#style, this.#width())
    return `${this.#style('sent', '→')} ${shown.replaceAll('\n', '\n  ')}`
  }

  /** Returns a line about the connection. */
  note(text: string): string {
    return this.#style('hint', `· ${printable(text)}`)
  }

  /** Returns a line about a received control frame. */
  control(kind: 'ping' | 'pong', payload: Buffer): string {
    const isText = payload.every((byte) => byte >= 0x20 && byte < 0x7f)
    const shown = isText ? JSON.stringify(payload.toString('latin1')) : payload.toString('hex')
    return `${this.#style('received', '←')} ${this.#style('control', kind)}${payload.length === 0 ? '' : ` ${shown}`}`
  }
}

/** Returns a sentence about the end of a connection. */
export function describeEnd({ code, reason }: { code: number; reason: string }): string {
  return `closed with ${code}${reason === '' ? '' : `: ${reason}`}`
}
