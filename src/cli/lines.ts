/** Lines of standard input. */

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line
}

/** Yields the lines of a stream as bytes, without line feeds, and the last one also if none ends it. */
export async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  /** The parts of a line that is not complete. */
  let begun: Buffer[] = []
  for await (const chunk of stream) {
    let from = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      begun.push(chunk.subarray(from, end))
      yield withoutReturn(begun.length === 1 ? (begun[0] as Buffer) : Buffer.concat(begun))
      begun = []
      from = end + 1
    }
    if (from < chunk.length) begun.push(chunk.subarray(from))
  }
  if (begun.length > 0) yield withoutReturn(Buffer.concat(begun))
}

/** Reads a stream to its end. */
export async function contentOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
