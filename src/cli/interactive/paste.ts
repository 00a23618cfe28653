/**
 * What is typed and what is pasted, apart: terminals put a paste in brackets (mode 2004 of xterm). In the line that is
 * edited, a control character of a paste is shown by its picture, such as ␤ for a line feed.
 */

import { StringDecoder } from 'node:string_decoder'
import { clearTimeout, setTimeout, type Timer } from '../../node/timers.js'

const BEGIN = '\x1b[200~'
const END = '\x1b[201~'
/** Alt-Enter, which adds a line. */
const NEW_LINE = '\x1b\r'

/** Time to wait for the rest of an escape sequence, in ms. */
const ESCAPE_TIMEOUT = 50

/** Turns brackets around pastes on and off. */
export const BRACKETS_ON = '\x1b[?2004h'
export const BRACKETS_OFF = '\x1b[?2004l'

const PICTURES = 0x2400
const DELETE = 0x7f
const DELETE_PICTURE = 0x2421

/** Returns text with pictures instead of control characters; C1 has no pictures. Line ends become one ␤. */
export function toPictures(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0)
    if (code > DELETE) return '\ufffd'
    return String.fromCharCode(code === DELETE ? DELETE_PICTURE : PICTURES + code)
  })
}

/** Returns text with the control characters of which it has pictures. */
export function fromPictures(text: string): string {
  return text.replace(/[\u2400-\u241f\u2421]/g, (picture) => {
    const code = picture.charCodeAt(0)
    return String.fromCharCode(code === DELETE_PICTURE ? DELETE : code - PICTURES)
  })
}

/** Takes keys, and pastes as a whole. */
export interface Typist {
  handleKeys(keys: string): void
  handlePaste(text: string): void
}

/** Returns how many characters at the end of a text may begin a bracket. */
function begunIn(text: string, bracket: string): number {
  for (let length = Math.min(bracket.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(bracket.slice(0, length))) return length
  }
  return 0
}

/** Parts the bytes of a terminal into keys and pastes. */
export class Keyboard {
  readonly #typist: Typist
  readonly #decoder = new StringDecoder('utf8')
  #text = ''
  #isPasting = false
  #timer: Timer | undefined

  constructor(typist: Typist) {
    this.#typist = typist
  }

  /** Takes what the terminal has sent. */
  handleData(chunk: Buffer): void {
    clearTimeout(this.#timer)
    this.#text += this.#decoder.write(chunk)
    for (;;) {
      const bracket = this.#isPasting ? END : BEGIN
      const at = this.#text.indexOf(bracket)
      if (at < 0) break
      this.#pass(this.#text.slice(0, at))
      this.#text = this.#text.slice(at + bracket.length)
      this.#isPasting = !this.#isPasting
    }
    // A paste is passed on when it is complete.
    if (this.#isPasting) return
    const kept = begunIn(this.#text, BEGIN)
    this.#pass(this.#text.slice(0, this.#text.length - kept))
    this.#text = this.#text.slice(this.#text.length - kept)
    if (kept > 0) this.#timer = setTimeout(() => this.flush(), ESCAPE_TIMEOUT)
  }

  /** Passes on what may be the beginning of a bracket: a lone Escape, for instance. */
  flush(): void {
    clearTimeout(this.#timer)
    if (this.#isPasting) return
    this.#pass(this.#text)
    this.#text = ''
  }

  #pass(text: string): void {
    if (text === '') return
    if (this.#isPasting) {
      this.#typist.handlePaste(toPictures(text))
      return
    }
    // Keys in their order, with each Alt-Enter as a paste of a line feed.
    text.split(NEW_LINE).forEach((keys, at) => {
      if (at > 0) this.#typist.handlePaste(toPictures('\n'))
      if (keys !== '') this.#typist.handleKeys(keys)
    })
  }
}
