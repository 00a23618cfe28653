/** Bytes as hexadecimal digits: a dump for people, and digits that people write. */

const BYTES_A_LINE = 16

function toLine(bytes: Buffer, offset: number): string {
  const part = bytes.subarray(offset, offset + BYTES_A_LINE)
  const digits = [...part].map((byte) => byte.toString(16).padStart(2, '0'))
  const left = digits.slice(0, 8).join(' ').padEnd(23)
  const right = digits.slice(8).join(' ').padEnd(23)
  const text = [...part].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
  return `${offset.toString(16).padStart(8, '0')}  ${left}  ${right}  |${text.join('')}|`
}

/** Returns a dump in the form of `hexdump -C`: offset, sixteen bytes, the same bytes as ASCII. */
export function hexDump(bytes: Buffer): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += BYTES_A_LINE) lines.push(toLine(bytes, at))
  return lines.join('\n')
}

/** Parses hexadecimal digits, which may be separated by spaces or colons between bytes. Returns `undefined` for anything else. */
export function parseHex(text: string): Buffer | undefined {
  const digits = text.trim().replace(/^0x/i, '')
  if (!/^(?:[0-9a-f]{2}[\s:]*)*$/i.test(digits)) return undefined
  return Buffer.from(digits.replace(/[\s:]/g, ''), 'hex')
}
