/** The history of typed lines: a file that only the user may read. */

import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

/** Lines that are kept, and the longest one. */
const MOST_LINES = 1000
const LONGEST = 4096
/** Read and written by the user only. */
const MODE = 0o600
const FOLDER_MODE = 0o700

/** Returns the path of the history: in `XDG_STATE_HOME`, by default `~/.local/state`. */
export function historyPath(env: NodeJS.ProcessEnv = process.env): string {
  const state = env.XDG_STATE_HOME ?? ''
  // A relative path is invalid by the specification of XDG.
  const folder = isAbsolute(state) ? state : join(homedir(), '.local/state')
  return join(folder, 'websocket-rs/history')
}

/** Whether a line is kept: not if it is empty, very long, or begins with a space. */
const isKept = (line: string) => line !== '' && !line.startsWith(' ') && line.length <= LONGEST

/** A file of typed lines. Without the file, or if it cannot be used, there is no history. */
export class History {
  readonly #path: string | undefined
  #last: string | undefined

  /** @param path left out for no history */
  constructor(path: string | undefined) {
    this.#path = path
  }

  /** Returns the kept lines, the latest first. Drops the oldest ones from a file that has become long. */
  read(): string[] {
    if (this.#path === undefined) return []
    try {
      const lines = readFileSync(this.#path, 'utf8').split('\n').filter(isKept)
      chmodSync(this.#path, MODE)
      if (lines.length > MOST_LINES) this.#shorten(lines.slice(-MOST_LINES / 2))
      this.#last = lines.at(-1)
      return lines.slice(-MOST_LINES).reverse()
    } catch {
      return []
    }
  }

  /** Adds a line, unless it is the last one again. */
  add(line: string): void {
    if (this.#path === undefined || !isKept(line) || line === this.#last) return
    this.#last = line
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: FOLDER_MODE })
      appendFileSync(this.#path, `${line}\n`, { mode: MODE })
    } catch {
      // The client works without a history.
    }
  }

  #shorten(lines: string[]): void {
    const path = this.#path as string
    const other = `${path}.${process.pid}`
    writeFileSync(other, `${lines.join('\n')}\n`, { mode: MODE })
    renameSync(other, path)
  }
}
