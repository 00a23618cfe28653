/** The line that is edited at the bottom of the terminal, and the lines that are printed above it. */

import { createInterface, type Interface } from 'node:readline'
import { Readable } from 'node:stream'
import { BRACKETS_OFF, BRACKETS_ON, fromPictures, Keyboard } from './paste.js'

/** Most lines of the history that the arrow keys reach. */
const HISTORY_SIZE = 1000

const CTRL_D = '\x04'

/** What the editor tells. */
export interface EditorEvents {
  /** @param typed as it is shown, with pictures of control characters */
  handleLine(line: string, typed: string): void
  /** Ctrl-C. */
  handleInterrupt(): void
  /** Ctrl-D on an empty line, or the end of the terminal. */
  handleEnd(): void
}

/** Properties of an interface of `readline` that may be written, though its types do not say so. */
interface Editable {
  line: string
  cursor: number
  /** Rows between that of the prompt and that of the cursor, when it was last drawn. */
  prevRows: number
}

/** The keys that the keyboard passes on: a stream, which is what `readline` reads and sets the mode of. */
class Keys extends Readable {
  readonly #terminal: NodeJS.ReadStream
  /** Whether the terminal has gone: setting its mode fails. */
  hasGone = false

  constructor(terminal: NodeJS.ReadStream) {
    super({ encoding: 'utf8' })
    this.#terminal = terminal
  }

  override _read(): void {}

  setRawMode(mode: boolean): this {
    if (!this.hasGone) this.#terminal.setRawMode(mode)
    return this
  }
}

/** Edits lines with Node's `readline`. */
export class Editor {
  readonly #input: NodeJS.ReadStream
  readonly #output: NodeJS.WriteStream
  readonly #interface: Interface
  readonly #keyboard: Keyboard
  readonly #keys: Keys
  #prompt: string
  #isClosed = false
  /** Tells `readline` in which row the cursor is. */
  readonly #noteRow = () => {
    const editable = this.#interface as unknown as Editable
    editable.prevRows = this.#interface.getCursorPos().rows
  }
  readonly #handleData = (chunk: Buffer) => this.#keyboard.handleData(chunk)

  /** @param history the latest line first @param complete returns what a line may become */
  constructor(
    input: NodeJS.ReadStream,
    output: NodeJS.WriteStream,
    history: string[],
    complete: (line: string) => string[],
    prompt: string,
    events: EditorEvents,
  ) {
    this.#input = input
    this.#keys = new Keys(input)
    this.#output = output
    this.#prompt = prompt
    const completer = (line: string): [string[], string] => [complete(line), line]
    const options = {
      completer,
      history,
      historySize: HISTORY_SIZE,
      removeHistoryDuplicates: true,
      terminal: true,
      prompt,
    }
    // Before `readline` listens, which draws the line then: terminals have moved the rest of the line to other rows.
    output.on('resize', this.#noteRow)
    this.#interface = createInterface({ input: this.#keys, output, ...options })
    this.#keyboard = new Keyboard({
      // One by one: `readline` does not keep track of rows while it handles several at once.
      handleKeys: (keys) => {
        for (const key of keys) {
          // `readline` would close, and nothing could be printed above its line any more.
          if (key === CTRL_D && this.#interface.line === '') events.handleEnd()
          else this.#keys.push(key)
        }
      },
      handlePaste: (text) => this.#interface.write(text),
    })
    this.#interface.on('line', (line) => events.handleLine(fromPictures(line), line))
    this.#interface.on('SIGINT', () => events.handleInterrupt())
    this.#interface.on('close', () => {
      if (this.#isClosed) return
      this.#release()
      events.handleEnd()
    })
    input.on('data', this.#handleData)
    for (const event of ['end', 'error']) input.on(event, () => this.#leave())
    // Continued after Ctrl-Z: the shell has had the terminal.
    this.#interface.on('SIGCONT', () => {
      output.write(BRACKETS_ON)
      this.show()
    })
    output.write(BRACKETS_ON)
  }

  /** Whether the terminal has gone. */
  get hasGone(): boolean {
    return this.#keys.hasGone
  }

  #leave(): void {
    if (this.hasGone) return
    this.#keys.hasGone = true
    this.#interface.close()
  }

  /** Shows the prompt and the line under it. */
  show(): void {
    if (!this.#isClosed) this.#interface.prompt(true)
  }

  /** Replaces the prompt. */
  setPrompt(prompt: string): void {
    if (this.#isClosed || prompt === this.#prompt) return
    this.#prompt = prompt
    this.#interface.setPrompt(prompt)
    this.show()
  }

  /** Prints lines above the line that is edited. */
  print(text: string): void {
    if (this.#isClosed) {
      this.#output.write(`${text}\n`)
      return
    }
    const editable = this.#interface as unknown as Editable
    const { line, cursor } = editable
    this.#noteRow()
    // Drawing an empty line erases the rows of the other one, and leaves the cursor in the row of the prompt.
    editable.line = ''
    editable.cursor = 0
    this.#interface.setPrompt('')
    this.#interface.prompt()
    this.#output.write(`${text}\n`)
    editable.line = line
    editable.cursor = cursor
    this.#interface.setPrompt(this.#prompt)
    this.#interface.prompt(true)
  }

  /** Gives the terminal back. */
  close(): void {
    if (this.#isClosed) return
    this.#noteRow()
    this.#interface.setPrompt('')
    ;(this.#interface as unknown as Editable).line = ''
    this.#interface.prompt()
    this.#release()
    this.#interface.close()
  }

  #release(): void {
    this.#isClosed = true
    this.#input.off('data', this.#handleData)
    this.#output.off('resize', this.#noteRow)
    this.#output.write(BRACKETS_OFF)
    this.#input.pause()
  }
}
