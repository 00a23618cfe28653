/** How received messages are written to standard output: the forms of pipe mode. */

import type { Message } from '../native/payload.js'
import type { Command } from './arguments.js'
import { misuse } from './mistakes.js'
import type { Output } from './output.js'
import { eventLine, type RecordedEvent } from './recording.js'
import { styleOf } from './style.js'
import { View } from './view.js'

/** Writes received messages, and with `--json` other events. */
export interface Writer {
  message(data: Message): void
  event(event: RecordedEvent): void
}

const LINE_FEED = Buffer.from('\n')

/** Writes to a terminal. */
function toTerminal(output: Output): Writer {
  const view = new View(styleOf(output.stream), output.stream)
  return { message: (data) => output.write(`${view.received(data)}\n`), event: () => {} }
}

/** Writes the events of recordings, a line for each. */
function toJSON(output: Output): Writer {
  return { message: () => {}, event: (event) => output.write(eventLine(event)) }
}

/** Writes a line for each message. Binary ones are hexadecimal digits, or their bytes if `binary` is true. */
function toLines(output: Output, binary: boolean): Writer {
  return {
    message: (data) => {
      if (typeof data === 'string') output.write(`${data}\n`)
      else output.write(binary ? Buffer.concat([data, LINE_FEED]) : `${data.toString('hex')}\n`)
    },
    event: () => {},
  }
}

/** Writes messages one after the other, with nothing in between. */
function toRaw(output: Output): Writer {
  return { message: (data) => output.write(data), event: () => {} }
}

/** Returns the writer that flags and output ask for. Nothing but a {@link View} writes to a terminal. */
export function writerFor(command: Command, output: Output): Writer {
  const [isJSON, isRaw] = [command.has('json'), command.has('raw')]
  if (isJSON && isRaw) throw misuse('--json and --raw exclude each other')
  if (isJSON) return toJSON(output)
  if (output.isTerminal) return toTerminal(output)
  return isRaw ? toRaw(output) : toLines(output, command.has('binary'))
}
