/** The interactive client: `websocket-rs URL` in a terminal. */

import { readFile, writeFile } from 'node:fs/promises'
import type { CallbackConnection } from '../connection/callback.js'
import { checkClose } from '../connection/close.js'
import type { Closed } from '../connection/end.js'
import { AbortError } from '../errors/classes.js'
import type { Message } from '../native/payload.js'
import { withoutCredentials } from '../native/url.js'
import { clearInterval, now, setInterval } from '../node/timers.js'
import type { Command } from './arguments.js'
import { type ExitCode, exitCodeOfSignal, isGoodClose } from './exit-codes.js'
import { completeLine, parseLine, type SlashCommand, slashHelp } from './interactive/commands.js'
import { Editor } from './interactive/editor.js'
import { History, historyPath } from './interactive/history.js'
import { CommandError } from './mistakes.js'
import { printable } from './printable.js'
import { errorLine } from './report.js'
import { Session, type SessionEvents } from './session.js'
import { Signals } from './signals.js'
import { type Style, styleOf } from './style.js'
import type { Target } from './target.js'
import { counted, formatSize, formatTime } from './values.js'
import { describeEnd, View } from './view.js'

/** Time between two looks at the latency, in ms. */
const LOOK = 1000
/** Time that a pong may take, in ms. */
const PONG_TIMEOUT = 5000
/** Messages that are shown while the connection is being closed: a server that sends much would delay the end. */
const MOST_LATE = 100
/** Fewest bytes of a ping of the session. */
const PING_SIZE = 8

/** Talks to a server. */
class Client implements SessionEvents {
  readonly #style: Style = styleOf(process.stdout)
  readonly #view = new View(this.#style, process.stdout)
  readonly #session: Session
  readonly #signals: Signals
  readonly #history: History
  readonly #editor: Editor
  readonly #url: string
  #last: Message | undefined
  /** The last ping with a text. */
  #pinged: { payload: Buffer; sentAt: number } | undefined
  /** Whether the person has ended the session. */
  #isLeaving = false
  /** Messages that were shown since. */
  #shownLate = 0

  constructor(command: Command, target: Target) {
    this.#url = withoutCredentials(target.url)
    this.#session = new Session(target, this, 'now')
    this.#history = new History(command.has('no-history') ? undefined : historyPath())
    this.#editor = new Editor(
      process.stdin,
      process.stdout,
      this.#history.read(),
      completeLine,
      this.#prompt,
      {
        handleLine: (line, typed) => this.#handleLine(line, typed),
        handleInterrupt: () => this.#signals.interrupt('SIGINT'),
        handleEnd: () => this.close(),
      },
    )
    this.#signals = new Signals(this)
  }

  async run(): Promise<ExitCode> {
    this.#note(`connecting to ${this.#url}`)
    const look = setInterval(() => this.#editor.setPrompt(this.#prompt), LOOK)
    try {
      return this.#judge(await this.#session.run())
    } catch (error) {
      if (error instanceof AbortError) return this.#codeOfSignal
      throw error
    } finally {
      clearInterval(look)
      this.#signals.stop()
      this.#editor.close()
    }
  }

  close(): void {
    this.#isLeaving = true
    if (this.#session.isOpen) this.#note('closing; Ctrl-C again ends at once')
    this.#session.close()
  }

  terminate(): void {
    this.#session.terminate()
  }

  handleOpen({ protocol, extensions }: CallbackConnection, duration: number): void {
    const parts = [`connected in ${formatTime(duration)}`]
    if (protocol !== '') parts.push(`subprotocol ${protocol}`)
    if (extensions !== '') parts.push(extensions)
    this.#note(`${parts.join(', ')}. /help lists commands, Ctrl-D quits`)
    this.#editor.setPrompt(this.#prompt)
  }

  handleMessage(data: Message): void {
    this.#last = data
    if (this.#isLeaving && this.#shownLate++ >= MOST_LATE) return
    this.#editor.print(this.#view.received(data))
  }

  handlePing(payload: Buffer): void {
    this.#editor.print(this.#view.control('ping', payload))
  }

  handlePong(payload: Buffer): void {
    const sent = this.#pinged
    const isAnswer = sent?.payload.equals(payload) === true
    if (isAnswer) this.#pinged = undefined
    const trip = isAnswer ? ` in ${formatTime(now() - sent.sentAt)}` : ''
    this.#editor.print(`${this.#view.control('pong', payload)}${trip}`)
  }

  handleEnd(end: Closed): void {
    this.#note(end.wasClean ? describeEnd(end) : 'the connection is lost')
    this.#editor.setPrompt(this.#prompt)
  }

  handleRetry(error: unknown, attempt: number, delay: number): void {
    if (error !== undefined) this.#editor.print(errorLine(error, this.#style, true))
    this.#note(`connecting again in ${formatTime(delay)} (attempt ${attempt})`)
  }

  get #prompt(): string {
    const { latency, isOpen } = this.#session
    const state = isOpen ? (latency === undefined ? '' : `${formatTime(latency)} `) : 'offline '
    return `${this.#style('hint', state)}${this.#style('prompt', '>')} `
  }

  #note(text: string): void {
    this.#editor.print(this.#view.note(text))
  }

  #handleLine(line: string, typed: string): void {
    this.#history.add(typed)
    const request = parseLine(line)
    if (request.kind === 'mistake') this.#note(request.message)
    else if (request.kind === 'command') void this.#runCommand(request.name, request.argument)
    else if (request.kind !== 'nothing') this.#send(request.data)
    this.#editor.show()
  }

  /** Returns whether there is a connection. */
  #send(data: Message): boolean {
    const { isOpen } = this.#session
    if (isOpen) void this.#session.send(data)
    else this.#note('not connected: nothing was sent')
    return isOpen
  }

  async #runCommand(name: Exclude<SlashCommand, '/binary'>, argument: string): Promise<void> {
    try {
      await this.#commands[name](argument)
    } catch (error) {
      this.#note((error as Error).message)
    }
  }

  readonly #commands: Record<Exclude<SlashCommand, '/binary'>, (argument: string) => void | Promise<void>> = {
    '/ping': (text) => this.#ping(text),
    '/file': async (path) => {
      if (path === '') throw new Error('/file takes the path of a file')
      const data = await readFile(path)
      if (this.#send(data)) this.#note(`sent ${formatSize(data.length)}`)
    },
    '/save': async (path) => {
      if (path === '') throw new Error('/save takes the path of a file')
      if (this.#last === undefined) throw new Error('nothing was received yet')
      await writeFile(path, this.#last)
      this.#note(`saved in ${path}`)
    },
    '/info': () => this.#info(),
    '/close': (argument) => this.#close(argument),
    '/quit': () => this.close(),
    '/help': () =>
      this.#editor.print(
        slashHelp()
          .map((line) => `  ${line}`)
          .join('\n'),
      ),
  }

  async #ping(text: string): Promise<void> {
    if (text !== '') {
      // Its pong is shown when it comes.
      const payload = Buffer.from(text)
      if (payload.length > 125) throw new Error('a ping has at most 125 bytes')
      if (!this.#session.isOpen) throw new Error('not connected: nothing was sent')
      this.#pinged = { payload, sentAt: now() }
      this.#session.connection?.ping(payload)
      return
    }
    const trip = await this.#session.ping(PING_SIZE, PONG_TIMEOUT)
    this.#note(trip === undefined ? 'no pong' : `pong in ${formatTime(trip)}`)
    this.#editor.setPrompt(this.#prompt)
  }

  #info(): void {
    const { connection, isOpen } = this.#session
    if (connection === undefined) throw new Error('not connected yet')
    const { address, port } = connection.remoteAddress
    const { messagesSent, messagesReceived, bytesSent, bytesReceived } = connection.stats()
    const lines = [
      `${this.#url}${address === '' ? '' : ` (${address}:${port})`}, ${isOpen ? `open for ${formatTime(this.#session.age)}` : 'not open'}`,
      `sent ${counted(messagesSent, 'message')}, ${formatSize(bytesSent)}; received ${counted(messagesReceived, 'message')}, ${formatSize(bytesReceived)}`,
    ]
    for (const line of lines) this.#note(line)
  }

  #close(argument: string): void {
    const [code = '', ...rest] = argument.split(' ')
    if (!/^\d*$/.test(code))
      throw new Error('/close takes a close code, and after it a reason: /close 1000 bye')
    const [number, reason] = [code === '' ? 1000 : Number(code), rest.join(' ')]
    checkClose(number, reason)
    this.#isLeaving = true
    this.#session.close(number, reason)
  }

  #judge({ code, reason, wasClean, error }: Closed): ExitCode {
    if (this.#signals.received !== undefined || this.#editor.hasGone) return this.#codeOfSignal
    if (error === undefined || (wasClean && isGoodClose(code))) return 0
    throw wasClean
      ? new CommandError(`the server ${describeEnd({ code, reason: printable(reason) })}`, 6)
      : error
  }

  get #codeOfSignal(): ExitCode {
    const received = this.#editor.hasGone ? 'SIGHUP' : this.#signals.received
    return received === undefined || received === 'SIGINT' ? 0 : exitCodeOfSignal(received)
  }
}

/** Runs the interactive client. Returns the exit code. */
export function runInteractive(command: Command, target: Target): Promise<ExitCode> {
  return new Client(command, target).run()
}
