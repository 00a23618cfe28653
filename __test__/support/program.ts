// Runs test programs in processes of their own, for tests of exits, signals and memory.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** The exit status and the output of a program. Tests compare it as a whole, so that a failure shows all of it. */
export interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
  lines: string[]
  stderr: string
}

/** Returns the ending of a program that exited with 0, printed these lines and wrote nothing to stderr. */
export function success(...lines: string[]): Ending {
  return { code: 0, signal: null, lines, stderr: '' }
}

/** The flags that set the driver of the tests in a program. */
export const DRIVER_FLAGS = process.env.WEBSOCKET_RS_TEST_DRIVER
  ? ['--import', new URL('programs/driver.mjs', import.meta.url).href]
  : []

/** A running program. */
export class Program {
  readonly ended: Promise<Ending>
  readonly #child: ChildProcess
  readonly #watchers = new Set<() => void>()
  #output = ''

  constructor(child: ChildProcess) {
    this.#child = child
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#output += chunk
      for (const check of this.#watchers) check()
    })
    this.ended = this.#end()
  }

  /** Waits for a line that equals or matches `expected` and returns it. Rejects if the program ends without it. */
  printed(expected: string | RegExp): Promise<string> {
    const matches = (line: string) => (typeof expected === 'string' ? line === expected : expected.test(line))
    return new Promise((resolve, reject) => {
      const check = () => {
        const line = this.#lines().find(matches)
        if (line === undefined) return
        this.#watchers.delete(check)
        resolve(line)
      }
      this.#watchers.add(check)
      check()
      this.ended.then((ending) => {
        check()
        reject(new Error(`ended without printing ${expected}: ${JSON.stringify(ending)}`))
      }, reject)
    })
  }

  /** The process ID: that of the wrapper, if the wrapper does not replace itself by the program. */
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
 * Starts a program with the Node that runs the tests. The program is killed when the test has finished.
 *
 * @param file the program
 * @param args the arguments of the program
 * @param flags the flags of Node
 * @param wrapper a command prefix, such as one that enters a network namespace
 */
export function start(file: URL, args: string[] = [], flags: string[] = [], wrapper: string[] = []): Program {
  return execute([...wrapper, process.execPath, ...DRIVER_FLAGS, ...flags, file.pathname, ...args])
}

/** Starts a command, which is killed when the test has finished. */
export function execute([command = '', ...rest]: string[]): Program {
  const { NODE_OPTIONS, ...env } = process.env
  const child = spawn(command, rest, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return new Program(child)
}

/** Runs a program and waits for its end. */
export function run(file: URL, args: string[] = [], flags: string[] = []): Promise<Ending> {
  return start(file, args, flags).ended
}
