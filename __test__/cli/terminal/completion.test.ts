// The completion scripts, in the shells that they are for. Debian packages, which `make test` installs.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bin, environment } from '../command.js'
import { COMMANDS, type CommandName, flagsOf } from '../modules.js'

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-completion-'))

beforeAll(() => {
  for (const name of ['bash', 'fish', 'zsh']) {
    const { stdout } = spawnSync(process.execPath, [bin, 'completion', name], { env: environment() })
    writeFileSync(join(folder, name), stdout)
  }
})

afterAll(() => rmSync(folder, { recursive: true }))

/** Runs a script of a shell. */
function shell(name: string, flags: string[], script: string): string {
  const env = environment({ HOME: folder, TERM: 'dumb' })
  const { stdout, stderr, status, error } = spawnSync(name, [...flags, '-c', script], {
    env,
    encoding: 'utf8',
    cwd: folder,
  })
  if (error !== undefined) throw error
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  return stdout
}

/** Returns what a shell completes a command to. */
type Complete = (line: string) => string[]

const words = (text: string) => text.split('\n').filter((word) => word !== '')

const bash: Complete = (line) => {
  const given = line.split(' ')
  const script = `source ./bash; COMP_WORDS=(${given.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${given.length - 1}; _websocket_rs; printf '%s\\n' "\${COMPREPLY[@]}"`
  return words(shell('bash', ['--norc'], script))
}

const fish: Complete = (line) => {
  const script = `source ./fish; complete -C '${line}'`
  return words(shell('fish', ['--no-config'], script)).map((row) => row.split('\t')[0] ?? '')
}

// Completion of zsh needs a line editor, so the functions that would show the matches print them.
const zsh: Complete = (line) => {
  const given = line.split(' ')
  const script = `
    autoload -Uz compinit && compinit -u -D
    source ./zsh
    _arguments() { printf '%s\\n' "$@" | sed -nE 's/^\\*?(-[-a-zA-Z]+)\\[.*/\\1/p; s/^\\*: :\\((.*)\\)$/\\1/p' | tr ' ' '\\n' }
    _describe() { printf '%s\\n' "\${(@P)2}" | sed 's/:.*//' }
    words=(${given.map((word) => `'${word}'`).join(' ')}); CURRENT=${given.length}; _websocket_rs`
  return words(shell('zsh', ['-f'], script)).filter((word) => word.startsWith(given.at(-1) ?? ''))
}

const names = (Object.keys(COMMANDS) as CommandName[]).filter((name) => name !== 'connect')

describe.skipIf(process.platform !== 'linux').each([
  ['bash', bash],
  ['fish', fish],
  ['zsh', zsh],
] as const)('%s', (_, complete) => {
  test('completes commands', () => {
    expect(complete('websocket-rs p')).toEqual(['ping'])
    expect(complete('websocket-rs ')).toEqual(expect.arrayContaining(names))
  })

  test.each(names)('completes the flags of %s, and of no other command', (name) => {
    const flags = flagsOf(name).map(([flag]) => `--${flag}`)
    expect(complete(`websocket-rs ${name} --`).sort()).toEqual(flags.sort())
  })

  test('completes the flags of the client', () => {
    const completed = complete('websocket-rs ws://localhost --')
    expect(completed).toEqual(expect.arrayContaining(['--header', '--no-history', '--execute']))
    expect(completed).not.toContain('--rate')
  })

  test('completes the names of shells', () => {
    expect(
      complete('websocket-rs completion ')
        .filter((word) => !word.startsWith('-'))
        .sort(),
    ).toEqual(['bash', 'fish', 'zsh'])
  })
})
