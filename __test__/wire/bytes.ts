// Builds and parses frames in hex, the notation of the peer's scripts and transcripts.

/** Opcodes of RFC 6455 section 5.2. */
export const Opcode = { Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const

/** Returns the payload of a close frame, in hex. */
export function closePayload(code: number, reason = ''): string {
  return code.toString(16).padStart(4, '0') + hex(reason)
}

/** Returns text (encoded as UTF-8) or bytes as hex. */
export function hex(data: string | Uint8Array): string {
  return Buffer.from(data as string).toString('hex')
}

/** Returns an unmasked frame with a payload of at most 125 bytes, as a server sends it. */
export function frame(opcode: number, payload: string, fin = true): string {
  const length = payload.length / 2
  if (length > 125) throw new RangeError('the payload does not fit a short frame')
  return hex(Uint8Array.of((fin ? 0x80 : 0) | opcode, length)) + payload
}

/** A frame that the client sent, parsed from the bytes on the wire. */
export interface SentFrame {
  first: number
  /** The bytes of the payload length, without the mask bit. */
  length: number[]
  masked: boolean
  mask: Buffer
  payload: Buffer
  bytes: number
}

/** Parses the frame that begins at `from`. */
export function parseFrame(bytes: Buffer, from = 0): SentFrame {
  const first = bytes.readUInt8(from)
  const second = bytes.readUInt8(from + 1)
  const short = second & 0x7f
  const extended = short === 127 ? 8 : short === 126 ? 2 : 0
  const length = [short, ...bytes.subarray(from + 2, from + 2 + extended)]
  const size = extended === 0 ? short : Number(`0x${bytes.toString('hex', from + 2, from + 2 + extended)}`)
  const masked = second > 0x7f
  const start = from + 2 + extended + (masked ? 4 : 0)
  const mask = bytes.subarray(start - (masked ? 4 : 0), start)
  const payload = Buffer.from(bytes.subarray(start, start + size))
  if (masked) for (let at = 0; at < size; at += 1) payload[at] = (payload[at] ?? 0) ^ (mask[at % 4] ?? 0)
  return { first, length, masked, mask, payload, bytes: start + size - from }
}
