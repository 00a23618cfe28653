/** Text of a peer as it may be written to a terminal. */

/**
 * Characters that a terminal acts on, or that change how the text around them is read: control characters (C0, DEL and
 * C1), lone surrogates, line and paragraph separators, marks of direction, the byte order mark and tags.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u{feff}\u{e0000}-\u{e007f}]/gu

const NAMES: Record<string, string> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) as number
  const digits = code.toString(16)
  return NAMES[character] ?? (code < 0x100 ? `\\x${digits.padStart(2, '0')}` : `\\u{${digits}}`)
}

/** Returns text with every unsafe character replaced by an escape, such as `\x1b`. The result is one line. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escapeCharacter)
}

/** Returns text as {@link printable} does, but keeps tabs and line feeds. A carriage return before a line feed is dropped. */
export function printableLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.split('\t').map(printable).join('\t'))
    .join('\n')
}
