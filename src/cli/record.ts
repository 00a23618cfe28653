/** `websocket-rs record`: pipe mode that also writes a recording. */

import { createWriteStream } from 'node:fs'
import { withoutCredentials } from '../native/url.js'
import { clearTimeout, MAX_DELAY, setTimeout } from '../node/timers.js'
import type { Command } from './arguments.js'
import type { ExitCode } from './exit-codes.js'
import { messagesOf } from './input.js'
import { CommandError } from './mistakes.js'
import type { Outputs } from './output.js'
import { Pipe, type PipeOptions, toWait } from './pipe.js'
import { eventLine, headerLine, type RecordedEvent } from './recording.js'
import { styleOf } from './style.js'
import { toTarget } from './target.js'
import { counted, toDuration } from './values.js'
import { writerFor } from './writers.js'

/** A file that a recording is written to. Keeps the first error; what follows it is dropped. */
class RecordingFile {
  readonly #stream: NodeJS.WritableStream
  readonly #path: string
  #error: Error | undefined
  events = 0
  onFailed: () => void = () => {}

  constructor(path: string, url: string) {
    this.#path = path
    this.#stream = createWriteStream(path, { mode: 0o600 })
    this.#stream.on('error', (error) => {
      this.#error ??= error
      this.onFailed()
    })
    this.#stream.write(headerLine(url))
  }

  write(event: RecordedEvent): void {
    if (this.#error !== undefined) return
    this.events += 1
    this.#stream.write(eventLine(event))
  }

  /** Waits until everything is written. @throws CommandError if that is not possible. */
  async end(): Promise<void> {
    if (this.#error === undefined) {
      await new Promise<void>((resolve) => {
        this.#stream.on('error', () => resolve())
        this.#stream.end(resolve)
      })
    }
    if (this.#error !== undefined)
      throw new CommandError(`cannot write ${this.#path}: ${this.#error.message}`)
  }
}

/** Never yields: lets the server speak. */
async function* nothing(): AsyncGenerator<never, void> {}

/** Runs `record`. Ends when the server closes, after `--duration`, after `--count` messages, or with Ctrl-C. */
export async function runRecord(command: Command, { output, log }: Outputs): Promise<ExitCode> {
  const [address, path] = command.operands as [string, string]
  const target = toTarget(command, address)
  const duration = toDuration(command.value('duration') ?? 'forever', '--duration')
  const writer = writerFor(command, output)
  const wait = toWait(command, Number.POSITIVE_INFINITY)
  const file = new RecordingFile(path, withoutCredentials(target.url))
  const style = styleOf(process.stderr)
  const sends = command.has('execute') || process.stdin.isTTY !== true
  const options: PipeOptions = {
    ...{ command, target, output, writer, wait, log, style, endsBySignal: true },
    source: () => (sends ? messagesOf(command, process.stdin) : nothing()),
    record: (event) => file.write(event),
  }
  const pipe = new Pipe(options)
  file.onFailed = () => pipe.close()
  const timer = duration <= MAX_DELAY ? setTimeout(() => pipe.close(), duration) : undefined
  if (!sends) log(`websocket-rs: recording to ${path}; Ctrl-C ends`)
  try {
    return await pipe.run()
  } finally {
    clearTimeout(timer)
    await file.end()
    log(`websocket-rs: ${counted(file.events, 'event')} recorded in ${path}`)
  }
}
