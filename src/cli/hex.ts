/** Bytes as hexadecimal digits: a dump for people, and digits that people write. */

/** Bytes of a line, and of one in a narrow terminal, and the width that a line of 16 needs. */
const [WIDE, NARROW] = [16, 8]
const WIDE_WIDTH = 78
/** Bytes between two gaps. */
const GROUP = 8

function toLine(bytes: Buffer, offset: number, length: number): string {
  const part = bytes.subarray(offset, offset + length)
  const digits = [...part].map((byte) => byte.toString(16).padStart(2, '0'))
  const groups = Array.from({ length: length / GROUP }, (_, at) =>
    digits
      .slice(at * GROUP, (at + 1) * GROUP)
      .join(' ')
      .padEnd(GROUP * 3 - 1),
  )
  const text = [...part].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
  return `${offset.toString(16).padStart(8, '0')}  ${groups.join('  ')}  |${text.join('')}|`
}

/**
 * Returns a dump in the form of `hexdump -C`: offset, bytes, the same bytes as ASCII. A line has sixteen bytes, or eight if
 * sixteen need more than `width` characters.
 */
export function hexDump(bytes: Buffer, width = WIDE_WIDTH): string {
  const length = width < WIDE_WIDTH ? NARROW : WIDE
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += length) lines.push(toLine(bytes, at, length))
  return lines.join('\n')
}

/** Parses hexadecimal digits, which may be separated by spaces or colons between bytes. Returns `undefined` for anything else. */
export function parseHex(text: string): Buffer | undefined {
  const digits = text.trim().replace(/^0x/i, '')
  if (!/^(?:[0-9a-f]{2}[\s:]*)*$/i.test(digits)) return undefined
  return Buffer.from(digits.replace(/[\s:]/g, ''), 'hex')
}
