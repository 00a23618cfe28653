// Runs the command line in a process of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** The file of the bin. */
export const bin = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** How a command ended, and what it wrote. */
export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** How to run a command. */
export interface RunOptions {
  /** Standard input; left out for none. */
  input?: string | Uint8Array
  env?: NodeJS.ProcessEnv
  cwd?: string
}

/** Returns the environment without what changes colours, proxies or the start of Node. */
export function environment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, FORCE_COLOR, NO_COLOR, NODE_DISABLE_COLORS, ...env } = process.env
  return { ...env, ...extra }
}

/** A running command. */
export class Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly #stdout: Buffer[] = []
  readonly #watchers = new Set<() => void>()
  stderr = ''

  constructor(args: string[], { env = {}, cwd }: RunOptions = {}) {
    this.child = spawn(process.execPath, [bin, ...args], { env: environment(env), ...(cwd && { cwd }) })
    this.child.stdin?.on('error', () => {})
    this.child.stdout?.on('data', (chunk: Buffer) => this.#add(() => this.#stdout.push(chunk)))
    this.child.stderr?.on('data', (chunk: Buffer) => this.#add(() => (this.stderr += chunk)))
    this.ended = this.#end()
    onTestFinished(() => {
      this.child.kill('SIGKILL')
    })
  }

  /** What was written to standard output so far. */
  get bytes(): Buffer {
    return Buffer.concat(this.#stdout)
  }

  /** Waits until standard output or standard error matches. */
  printed(expected: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (expected.test(`${this.bytes}${this.stderr}`)) resolve()
      }
      this.#watchers.add(check)
      check()
      void this.ended.then((ended) =>
        reject(new Error(`ended without ${expected}: ${JSON.stringify(ended)}`)),
      )
    })
  }

  #add(take: () => void): void {
    take()
    for (const check of this.#watchers) check()
  }

  async #end(): Promise<Ended> {
    const [code] = (await once(this.child, 'close')) as [number | null]
    return { code, stdout: this.bytes.toString(), stderr: this.stderr }
  }
}

/** Runs a command to its end. */
export function run(args: string[], options: RunOptions = {}): Promise<Ended> {
  const running = new Running(args, options)
  running.child.stdin?.end(options.input ?? '')
  return running.ended
}

/** Returns the ending of a command that exited with 0 and wrote only this to standard output. */
export function success(...lines: string[]): Ended {
  return { code: 0, stdout: lines.map((line) => `${line}\n`).join(''), stderr: '' }
}

/** Parses each line as JSON. */
export function parseLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
