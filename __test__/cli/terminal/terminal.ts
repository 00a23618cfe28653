// A real terminal: tmux, in which the tests type like a person and read the screen.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { bin, environment } from '../command.js'

/** Time between two looks at the screen, and longest wait, in ms. */
const LOOK = 50
const PATIENCE = 20_000

let servers = 0

/** How a terminal is made. */
export interface TerminalOptions {
  columns?: number
  rows?: number
  env?: NodeJS.ProcessEnv
}

/** Quotes an argument for a shell. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

/** Returns a command of the shell that runs the command line with these arguments. */
export function command(...args: string[]): string {
  return [process.execPath, bin, ...args].map(quote).join(' ')
}

/** A terminal with one program. Its server is stopped when the test has finished. */
export class Terminal {
  readonly #server = `websocket-rs-${process.pid}-${servers++}`
  /** `XDG_STATE_HOME` of the program, unless the test has its own. */
  readonly state = mkdtempSync(join(tmpdir(), 'websocket-rs-terminal-'))

  /** @param shell what runs in the terminal; its exit code is the last line of the screen */
  constructor(shell: string, { columns = 80, rows = 24, env = {} }: TerminalOptions = {}) {
    const settings = { XDG_STATE_HOME: this.state, ...env }
    const assignments = Object.entries(settings).map(([name, value]) => `${name}=${quote(value ?? '')}`)
    // `cat` keeps the terminal open, and shows that the program has left it as it was.
    // Ctrl-C reaches the shell as well, which goes on.
    const script = `trap : INT; export ${assignments.join(' ')}; ${shell}; echo "exit $?"; exec cat`
    const size = ['-x', `${columns}`, '-y', `${rows}`]
    onTestFinished(() => this.#stop())
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, 'sh', '-c', script)
  }

  /** Types text, without Enter. */
  type(text: string): void {
    this.#tmux('send-keys', '-l', '--', text)
  }

  /** Presses keys by their names in tmux, such as `Enter` and `C-c`. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', ...keys)
  }

  /** Types a line. */
  enter(text: string): void {
    this.type(text)
    this.press('Enter')
  }

  /** Pastes text, in brackets if the program has asked for them. */
  paste(text: string): void {
    this.#tmux('set-buffer', '--', text)
    this.#tmux('paste-buffer', '-p', '-r')
  }

  resize(columns: number): void {
    this.#tmux('resize-window', '-x', `${columns}`)
  }

  /** The lines of the screen, without spaces at their ends and empty lines at the end. */
  get screen(): string {
    return this.#tmux('capture-pane', '-p').trimEnd()
  }

  /** The screen with the escape sequences of its colours. */
  get colours(): string {
    return this.#tmux('capture-pane', '-p', '-e').trimEnd()
  }

  /** The title that a program has given the terminal. */
  get title(): string {
    return this.#tmux('display-message', '-p', '#{pane_title}').trim()
  }

  /** Waits until the screen matches. Returns it. */
  async shows(expected: RegExp): Promise<string> {
    const deadline = Date.now() + PATIENCE
    for (;;) {
      const { screen } = this
      if (expected.test(screen)) return screen
      if (Date.now() > deadline) throw new Error(`the screen does not show ${expected}:\n${screen}`)
      await new Promise((resolve) => setTimeout(resolve, LOOK))
    }
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-u', '-L', this.#server, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment({ TMUX: '' }),
    })
  }

  /** Closes the terminal: its program gets SIGHUP. */
  hangUp(): void {
    this.#tmux('kill-server')
  }

  #stop(): void {
    try {
      this.#tmux('kill-server')
    } catch {
      // It has not started.
    }
    rmSync(this.state, { recursive: true, force: true })
  }
}
