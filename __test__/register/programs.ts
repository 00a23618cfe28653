// Runs programs with the packages of packages/ installed, with and without websocket-rs/register.

import { execFile } from 'node:child_process'
import { cpSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

const source = fileURLToPath(new URL('programs', import.meta.url))
/** Where the programs run: their imports find the installed packages, and not those of this repository. */
export const FOLDER = fileURLToPath(new URL('../../.cache/register/programs', import.meta.url))
/** The entry that is tested, as `--import` takes it from any folder. */
export const REGISTER = new URL('../../dist/register.mjs', import.meta.url).href

cpSync(source, FOLDER, { recursive: true })

/** What a program printed and how it ended. */
export interface Outcome {
  code: number | string
  /** The lines that it printed. */
  lines: string[]
  stderr: string
}

interface Settings {
  /** Flags of Node. */
  flags?: string[]
  env?: Record<string, string>
  /** Arguments of the program. */
  values?: string[]
  /** Default: `FOLDER`. */
  cwd?: string
}

/** Most time of one program, in ms: some start a browser. */
export const TIMEOUT = 60_000

/** Runs a program of programs/ and waits for its end. */
export function run(
  program: string,
  { flags = [], env = {}, values = [], cwd = FOLDER }: Settings = {},
): Promise<Outcome> {
  const { NODE_OPTIONS, NODE_DEBUG, ...rest } = process.env
  const options = { cwd, timeout: TIMEOUT, env: { ...rest, REGISTER, ...env } }
  return new Promise((resolve) => {
    execFile(process.execPath, [...flags, program, ...values], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : (error.code ?? error.signal ?? 'unknown')
      resolve({ code, lines: stdout.split('\n').slice(0, -1), stderr })
    })
  })
}

/** Returns the warnings of a program. */
export function warningsOf(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line.includes('[WEBSOCKET_RS_NOT_REPLACED]'))
}

/** The flags that replace `ws` and the global WebSocket. */
export const registered = ['--import', REGISTER]

/** The flags that print how many connections this package has opened. */
export const counted = ['--require', './count-opens.cjs']

const withoutPids = (stderr: string) => stderr.replace(/\(node:\d+\)/g, '(node)')

/** Checks that a program prints the same with the originals and with this package, which then opens its connections. */
export async function compare(
  program: string,
  lines: string[],
  opens: number,
  env: Record<string, string> = {},
): Promise<void> {
  const [original, ours] = await Promise.all([
    run(program, { flags: counted, env }),
    run(program, { flags: [...counted, ...registered], env }),
  ])
  expect(original).toMatchObject({ code: 0, lines: [...lines, 'opened 0'] })
  // Some Nodes warn of what a program does.
  const stderr = withoutPids(original.stderr)
  const end = { ...ours, stderr: withoutPids(ours.stderr) }
  expect(end).toEqual({ code: 0, lines: [...lines, `opened ${opens}`], stderr })
}
