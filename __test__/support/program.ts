// Programs in processes of their own: what a test about exits, signals or memory looks at.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** How a program ended and what it said. Compared whole, so that a failure shows all of it. */
export interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
  lines: string[]
  stderr: string
}

/** The ending of a program that did what it should and printed these lines. */
export function success(...lines: string[]): Ending {
  return { code: 0, signal: null, lines, stderr: '' }
}

/** A running program. It is gone when its test is over, whatever happens. */
export class Program {
  readonly ended: Promise<Ending>
  readonly #child: ChildProcess
  readonly #watchers = new Set<() => void>()
  #output = ''

  constructor(child: ChildProcess) {
    this.#child = child
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#output += chunk
      for (const look of this.#watchers) look()
    })
    this.ended = this.#end()
  }

  /** Waits until the program has printed this line, or one like it, and gives it; fails if it ends without. */
  printed(wanted: string | RegExp): Promise<string> {
    const isWanted = (line: string) => (typeof wanted === 'string' ? line === wanted : wanted.test(line))
    return new Promise((resolve, reject) => {
      const look = () => {
        const line = this.#lines().find(isWanted)
        if (line === undefined) return
        this.#watchers.delete(look)
        resolve(line)
      }
      this.#watchers.add(look)
      look()
      this.ended.then((ending) => {
        look()
        reject(new Error(`ended without printing ${wanted}: ${JSON.stringify(ending)}`))
      }, reject)
    })
  }

  /** Of the wrapper, where it does not become the program. */
  get pid(): number {
    return this.#child.pid as number
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  #lines(): string[] {
    return this.#output.split('\n').slice(0, -1)
  }

  async #end(): Promise<Ending> {
    const { stderr } = this.#child
    const [[code, signal], errors] = await Promise.all([
      once(this.#child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
      stderr === null ? '' : text(stderr),
    ])
    return { code, signal, lines: this.#lines(), stderr: errors }
  }
}

/**
 * Starts a program with the Node that runs the tests.
 *
 * @param file the program
 * @param args its arguments
 * @param flags of Node
 * @param wrapper a command that runs the command after it, such as one that enters a network namespace
 */
export function start(file: URL, args: string[] = [], flags: string[] = [], wrapper: string[] = []): Program {
  const { NODE_OPTIONS, ...env } = process.env
  const [command = '', ...rest] = [...wrapper, process.execPath, ...flags, file.pathname, ...args]
  const child = spawn(command, rest, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return new Program(child)
}

/** Runs a program to its end. */
export function run(file: URL, args: string[] = [], flags: string[] = []): Promise<Ending> {
  return start(file, args, flags).ended
}
