/** `websocket-rs record`: pipe mode that also writes a recording. */

import { constants, fchmodSync, ftruncateSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { withoutCredentials } from '../native/url.js'
import { clearTimeout, setTimeout } from '../node/timers.js'
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

/** The mode of a recording: what it has may be secret. */
const ONLY_OWNER = 0o600

function cannotWrite(path: string, error: Error): CommandError {
  return new CommandError(`cannot write ${path}: ${error.message}`)
}

/**
 * A file that a recording is written to. A file that exists is replaced with the first event, so that a connection that is
 * not opened leaves it as it was. Keeps the first error; what follows it is dropped.
 */
class RecordingFile {
  readonly #handle: FileHandle
  readonly #path: string
  readonly #url: string
  readonly #isFile: boolean
  #stream: NodeJS.WritableStream | undefined
  #error: Error | undefined
  events = 0
  onFailed: () => void = () => {}

  private constructor(handle: FileHandle, isFile: boolean, path: string, url: string) {
    this.#handle = handle
    this.#isFile = isFile
    this.#path = path
    this.#url = url
  }

  /** Opens the file. @throws CommandError if that is not possible. */
  static async open(path: string, url: string): Promise<RecordingFile> {
    try {
      const handle = await open(path, constants.O_WRONLY | constants.O_CREAT, ONLY_OWNER)
      return new RecordingFile(handle, (await handle.stat()).isFile(), path, url)
    } catch (error) {
      throw cannotWrite(path, error as Error)
    }
  }

  write(event: RecordedEvent): void {
    if (this.#error !== undefined) return
    try {
      this.#stream ??= this.#begin()
    } catch (error) {
      this.#fail(error as Error)
      return
    }
    this.events += 1
    this.#stream.write(eventLine(event))
  }

  /** Waits until everything is written. @throws CommandError if that is not possible. */
  async end(): Promise<void> {
    const stream = this.#stream
    if (stream === undefined) await this.#handle.close()
    else if (this.#error === undefined) {
      await new Promise<void>((resolve) => {
        stream.on('error', () => resolve())
        stream.end(resolve)
      })
    }
    if (this.#error !== undefined) throw cannotWrite(this.#path, this.#error)
  }

  /** Replaces what the file had, also its mode. Pipes and devices have neither. */
  #begin(): NodeJS.WritableStream {
    if (this.#isFile) {
      fchmodSync(this.#handle.fd, ONLY_OWNER)
      ftruncateSync(this.#handle.fd)
    }
    const stream = this.#handle.createWriteStream()
    stream.on('error', (error) => this.#fail(error))
    stream.write(headerLine(this.#url))
    return stream
  }

  #fail(error: Error): void {
    this.#error ??= error
    this.onFailed()
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
  const file = await RecordingFile.open(path, withoutCredentials(target.url))
  const style = styleOf(process.stderr)
  const sends = command.has('execute') || process.stdin.isTTY !== true
  const options: PipeOptions = {
    ...{ command, target, output, writer, wait, log, style, endsBySignal: true },
    source: () => (sends ? messagesOf(command, process.stdin) : nothing()),
    record: (event) => file.write(event),
  }
  const pipe = new Pipe(options)
  file.onFailed = () => pipe.close()
  const timer = Number.isFinite(duration) ? setTimeout(() => pipe.close(), duration) : undefined
  if (!sends) log(`websocket-rs: recording to ${path}; Ctrl-C ends`)
  try {
    return await pipe.run()
  } finally {
    clearTimeout(timer)
    await file.end()
    const isEmpty = file.events === 0
    log(`websocket-rs: ${isEmpty ? 'nothing was' : counted(file.events, 'event')} recorded in ${path}`)
  }
}
