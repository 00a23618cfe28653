/** `websocket-rs replay`: sends the messages of a recording again, with their original timing. */

import { createReadStream } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import type { Message } from '../native/payload.js'
import { MAX_DELAY, setTimeout } from '../node/timers.js'
import type { Command } from './arguments.js'
import type { ExitCode } from './exit-codes.js'
import { linesOf } from './lines.js'
import { CommandError, misuse } from './mistakes.js'
import type { Outputs } from './output.js'
import { Pipe, toWait } from './pipe.js'
import { type Direction, messageOf, parseEvent, parseHeader, type RecordedEvent } from './recording.js'
import { styleOf } from './style.js'
import { toTarget } from './target.js'
import { toPositive } from './values.js'
import { writerFor } from './writers.js'

const DIRECTIONS = ['sent', 'received', 'both'] as const
type Chosen = (typeof DIRECTIONS)[number]

/** Yields the events of a recording. @throws CommandError for a file that cannot be read or is not a recording. */
async function* eventsOf(path: string): AsyncGenerator<RecordedEvent, void> {
  let number = 0
  try {
    for await (const line of linesOf(createReadStream(path) as AsyncIterable<Buffer>)) {
      number += 1
      const text = line.toString('utf8')
      if (number === 1) parseHeader(text)
      else if (text.trim() !== '') yield parseEvent(text)
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== undefined) throw new CommandError(`cannot read ${path}: ${message}`)
    throw new CommandError(`${path}:${number} is not a line of a recording: ${message}`)
  }
  if (number === 0) throw new CommandError(`${path} is empty: not a recording`)
}

/** Returns the direction to send: what was sent, unless nothing was. Reads the recording, to find mistakes before sending. */
async function chooseDirection(path: string): Promise<Direction | undefined> {
  const found = new Set<Direction>()
  for await (const event of eventsOf(path)) {
    if (event.kind === 'text' || event.kind === 'binary') found.add(event.direction)
  }
  return found.has('sent') ? 'sent' : [...found][0]
}

function toDirection(text: string): Chosen {
  const chosen = DIRECTIONS.find((each) => each === text)
  if (chosen === undefined) throw misuse(`--direction ${JSON.stringify(text)} is not sent, received or both`)
  return chosen
}

/** Reads `--speed`: `Infinity` for `max`. */
function toSpeed(text: string): number {
  return text === 'max' ? Number.POSITIVE_INFINITY : toPositive(text, '--speed')
}

async function waitUntil(time: number, pipe: Pipe): Promise<void> {
  for (let left = time - pipe.openFor; left > 0; left = time - pipe.openFor) {
    await new Promise<void>((resolve) => setTimeout(resolve, Math.min(left, MAX_DELAY)))
  }
}

/** Yields the messages of a recording, each when its time after the opening has come. */
async function* timed(
  path: string,
  direction: Chosen,
  speed: number,
  pipe: Pipe,
): AsyncGenerator<Message, void> {
  /** Time of the first opening in the recording, in ms. */
  let start: number | undefined
  await pipe.opened
  for await (const event of eventsOf(path)) {
    if (event.kind === 'open') start ??= event.time
    if (!('direction' in event) || (direction !== 'both' && event.direction !== direction)) continue
    const data = messageOf(event)
    if (data === undefined) continue
    await waitUntil((event.time - (start ?? 0)) / speed, pipe)
    yield data as Message
  }
}

/** Runs `replay`. Prints what the server answers. */
export async function runReplay(command: Command, { output, log }: Outputs): Promise<ExitCode> {
  const [path, address] = command.operands as [string, string]
  const target = toTarget(command, address)
  const speed = toSpeed(command.value('speed') ?? '1')
  const given = command.value('direction')
  const chosen = given === undefined ? undefined : toDirection(given)
  await access(path, constants.R_OK).catch((error: Error) => {
    throw new CommandError(`cannot read ${path}: ${error.message}`)
  })
  const found = await chooseDirection(path)
  if (found === undefined) throw new CommandError(`${path} has no messages`)
  if (chosen === undefined && found === 'received') {
    log(`websocket-rs: nothing was sent in ${path}: sends what was received`)
  }
  const pipe = new Pipe({
    ...{ command, target, output, writer: writerFor(command, output), wait: toWait(command, 1000), log },
    style: styleOf(process.stderr),
    source: (owner) => timed(path, chosen ?? found, speed, owner),
  })
  return pipe.run()
}
