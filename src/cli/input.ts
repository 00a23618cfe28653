/** The messages that a command sends: those of `--execute`, or standard input. */

import type { Message } from '../native/payload.js'
import type { Command } from './arguments.js'
import { contentOf, linesOf } from './lines.js'

/** Yields the messages to send: text, or binary with `--binary`. */
export async function* messagesOf(
  command: Command,
  stream: AsyncIterable<Buffer>,
): AsyncGenerator<Message, void> {
  const isBinary = command.has('binary')
  if (command.has('execute')) {
    for (const text of command.values('execute')) yield isBinary ? Buffer.from(text) : text
    return
  }
  const parts = command.has('raw') ? [await contentOf(stream)] : linesOf(stream)
  for await (const part of parts) yield isBinary ? part : part.toString('utf8')
}
