/** Pipe mode: sends lines and writes messages. */

import type { CallbackConnection } from '../connection/callback.js'
import type { Closed } from '../connection/end.js'
import { AbortError } from '../errors/classes.js'
import type { Message } from '../native/payload.js'
import { clearTimeout, now, setTimeout, type Timer } from '../node/timers.js'
import type { Command } from './arguments.js'
import { type ExitCode, exitCodeOfSignal, isGoodClose } from './exit-codes.js'
import { messagesOf } from './input.js'
import { CommandError } from './mistakes.js'
import type { Output } from './output.js'
import { printable } from './printable.js'
import { closeEvent, controlEvent, messageEvent, openEvent, type RecordedEvent } from './recording.js'
import { errorLine } from './report.js'
import { Session, type SessionEvents } from './session.js'
import { Signals } from './signals.js'
import type { Style } from './style.js'
import type { Target } from './target.js'
import { formatTime, toCount, toDuration } from './values.js'
import { describeEnd } from './view.js'
import type { Writer } from './writers.js'

/** What a pipe needs. */
export interface PipeOptions {
  command: Command
  target: Target
  output: Output
  writer: Writer
  /** Time without a message after which the command ends, once all is sent, in ms. */
  wait: number
  /** The messages to send. */
  source: (pipe: Pipe) => AsyncIterable<Message>
  /** Takes every event, those of this side too. */
  record?: (event: RecordedEvent) => void
  /** Whether Ctrl-C is the usual way to end the command. */
  endsBySignal?: boolean
  log: (line: string) => void
  style: Style
}

/** Time for the closing handshake after the reader of the output has closed it, in ms. */
const HURRY = 1000

/** Reads `--wait`, in ms. */
export function toWait(command: Command, fallback: number): number {
  const text = command.value('wait')
  return text === undefined ? fallback : toDuration(text, '--wait')
}

/** Sends messages and writes those that come, until the input has ended and the server is silent. */
export class Pipe implements SessionEvents {
  readonly #options: PipeOptions
  readonly #session: Session
  readonly #signals: Signals
  readonly #most: number
  readonly #start = now()
  /** Resolves when the first connection is open. */
  readonly opened: Promise<void>
  #resolveOpened = () => {}
  #openedAt: number | undefined
  #received = 0
  #hasSentAll = false
  #silence: Timer | undefined
  #hurry: Timer | undefined
  #problem: unknown

  constructor(options: PipeOptions) {
    this.#options = options
    const { command, target, output } = options
    const count = command.value('count')
    this.opened = new Promise((resolve) => {
      this.#resolveOpened = resolve
    })
    this.#most = count === undefined ? Number.POSITIVE_INFINITY : toCount(count, '--count')
    this.#session = new Session(target, this)
    this.#signals = new Signals(this)
    output.onGone = () => this.#leave()
    output.onBlocked = () => this.#session.pause()
    output.onDrained = () => this.#session.resume()
  }

  /** Time since the command began, in ms. */
  get age(): number {
    return now() - this.#start
  }

  /** Time since the first connection was opened, in ms. */
  get openFor(): number {
    return now() - (this.#openedAt ?? now())
  }

  /** Runs until the end. Returns the exit code. */
  async run(): Promise<ExitCode> {
    try {
      const sending = this.#send()
      const end = await this.#session.run()
      clearTimeout(this.#silence)
      // Reading the input does not end by itself, and nothing waits for it.
      sending.catch(() => {})
      return this.#judge(end)
    } catch (error) {
      if (this.#signals.received !== undefined) return this.#codeOfSignal(this.#signals.received)
      // Connecting was given up.
      if (error instanceof AbortError && this.#problem === undefined) return 0
      throw this.#problem ?? error
    } finally {
      this.#signals.stop()
      clearTimeout(this.#silence)
      clearTimeout(this.#hurry)
    }
  }

  /** Ends with the closing handshake. */
  close(): void {
    this.#session.close()
  }

  /** Ends soon, however much the server still sends. */
  #leave(): void {
    this.close()
    this.#hurry = setTimeout(() => this.terminate(), HURRY)
  }

  /** Ends at once. */
  terminate(): void {
    this.#session.terminate()
  }

  handleOpen({ protocol, extensions }: CallbackConnection): void {
    this.#note(openEvent(this.age, protocol, extensions))
    this.#openedAt ??= now()
    this.#resolveOpened()
    if (this.#hasSentAll) this.#watchSilence()
  }

  handleMessage(data: Message): void {
    if (this.#received === this.#most) return
    this.#received += 1
    this.#options.writer.message(data)
    this.#note(messageEvent(this.age, 'received', data))
    if (this.#received === this.#most) this.close()
    else if (this.#hasSentAll) this.#watchSilence()
  }

  handlePing(payload: Buffer): void {
    this.#note(controlEvent(this.age, 'ping', payload))
  }

  handlePong(payload: Buffer): void {
    this.#note(controlEvent(this.age, 'pong', payload))
  }

  handleEnd({ code, reason }: Closed): void {
    this.#note(closeEvent(this.age, code, reason))
  }

  handleRetry(error: unknown, attempt: number, delay: number): void {
    const { log, style } = this.#options
    if (error !== undefined) log(errorLine(error, style, true))
    log(`websocket-rs: connecting again in ${formatTime(delay)} (attempt ${attempt})`)
  }

  #note(event: RecordedEvent): void {
    this.#options.writer.event(event)
    this.#options.record?.(event)
  }

  async #send(): Promise<void> {
    try {
      for await (const data of this.#options.source(this)) {
        if (!(await this.#session.send(data))) return
        this.#options.record?.(messageEvent(this.age, 'sent', data))
      }
    } catch (error) {
      this.#problem = error
      this.close()
      return
    }
    this.#hasSentAll = true
    if (this.#session.isOpen) this.#watchSilence()
  }

  /** Closes when no message has come for `wait`. */
  #watchSilence(): void {
    const { wait } = this.#options
    clearTimeout(this.#silence)
    if (Number.isFinite(wait)) this.#silence = setTimeout(() => this.close(), wait)
  }

  #judge(end: Closed): ExitCode {
    const { received } = this.#signals
    if (this.#problem !== undefined) throw this.#problem
    const { error } = this.#options.output
    if (error !== undefined) throw new CommandError(`cannot write: ${error.message}`)
    if (received !== undefined) return this.#codeOfSignal(received)
    // Given up by this side because the server was silent, or closed by the server.
    const isShort = this.#received < this.#most && Number.isFinite(this.#most)
    const isOwn = end.error === undefined || (end.wasClean && isGoodClose(end.code))
    if (!isOwn) throw this.#explain(end)
    if (isShort)
      throw new CommandError(`${this.#received} of ${this.#most} messages came`, 8, 'Raise --wait.')
    return 0
  }

  /** The error of a connection that the server has ended. */
  #explain(end: Closed): unknown {
    if (!end.wasClean) return end.error
    return new CommandError(`the server ${describeEnd({ ...end, reason: printable(end.reason) })}`, 6)
  }

  #codeOfSignal(signal: NodeJS.Signals): ExitCode {
    return this.#options.endsBySignal && signal === 'SIGINT' ? 0 : exitCodeOfSignal(signal)
  }
}

/** Runs pipe mode. Returns the exit code. */
export function runPipe(options: Omit<PipeOptions, 'source' | 'wait'>): Promise<ExitCode> {
  const { command } = options
  const source = () => messagesOf(command, process.stdin)
  return new Pipe({ ...options, source, wait: toWait(command, 1000) }).run()
}
