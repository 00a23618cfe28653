// Copies of `ws`, threads, processes and permissions under websocket-rs/register.

import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { counted, FOLDER, REGISTER, registered, run, warningsOf } from './programs.js'

const COPIES = ['ws', 'ws-8.0', 'ws-8.5', 'ws-8.13', 'ws-8.17', 'ws-8.21']

describe('copies of ws', () => {
  test.each(COPIES)('%s does what it does by itself', async (copy) => {
    const [original, ours] = await Promise.all([
      run('versions.cjs', { flags: counted, values: [copy] }),
      run('versions.cjs', { flags: [...counted, ...registered], values: [copy] }),
    ])
    expect(original.lines).toHaveLength(10)
    expect(original.lines.at(-1)).toBe('opened 0')
    expect(ours).toEqual({ code: 0, lines: [...original.lines.slice(0, -1), 'opened 2'], stderr: '' })
  })

  test('before version 8 are left alone, each with one warning', async () => {
    const ours = await run('older.cjs', { flags: registered })
    expect(ours).toMatchObject({ code: 0, lines: ['ws-3 string', 'ws-7 string'] })
    const warnings = ['ws 3.3.3', 'ws 7.5.10'].map((copy) => expect.stringContaining(copy))
    expect(warningsOf(ours.stderr)).toEqual(warnings)
  })

  test('can be replaced and restored while connections are open', async () => {
    const { code, lines, stderr } = await run('switching.cjs')
    const expected = ['true 0 true true', 'true,false 0,1 true true', 'true,false,true 0,1,2 true true']
    expect({ code, lines, stderr }).toEqual({ code: 0, lines: expected, stderr: '' })
  })
})

describe('Workers', () => {
  test('inherit the flag unless they have flags of their own', async () => {
    const { lines } = await run('workers.cjs', { flags: registered })
    expect(lines).toEqual([
      'main true',
      'plain true',
      'with no flags false',
      'with an empty environment true',
    ])
  })

  test('inherit NODE_OPTIONS unless they have an environment of their own', async () => {
    const env = { NODE_OPTIONS: registered.join(' ') }
    const { lines } = await run('workers.cjs', { env })
    expect(lines).toEqual([
      'main true',
      'plain true',
      'with no flags true',
      'with an empty environment false',
    ])
  })
})

describe('paths with spaces', () => {
  function makeFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'websocket rs '))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const modules = join(folder, 'node_modules')
    mkdirSync(modules)
    symlinkSync(fileURLToPath(new URL('../..', import.meta.url)), join(modules, 'websocket-rs'), 'junction')
    symlinkSync(join(FOLDER, '../node_modules/ws'), join(modules, 'ws'), 'junction')
    cpSync(join(FOLDER, 'workers.cjs'), join(folder, 'workers.cjs'))
    return folder
  }

  test.each([
    ['--import of the name', () => '--import websocket-rs/register'],
    [
      '--require of the file',
      (folder: string) =>
        `--require ${JSON.stringify(join(folder, 'node_modules/websocket-rs/dist/register.js'))}`,
    ],
  ])('work in NODE_OPTIONS with %s', async (_, toOptions) => {
    const cwd = makeFolder()
    const { lines } = await run('workers.cjs', { cwd, env: { NODE_OPTIONS: toOptions(cwd) } })
    expect(lines.slice(0, 2)).toEqual(['main true', 'plain true'])
  })
})

test('originals are made where addons are not allowed, with one warning', async () => {
  const { code, lines, stderr } = await run('workers.cjs', { flags: ['--no-addons', ...registered] })
  expect({ code, main: lines[0] }).toEqual({ code: 0, main: 'main false' })
  // Each thread has its own.
  const [first] = warningsOf(stderr)
  expect(first).toMatch(/nothing is replaced, .*loading addons is disabled/)
})

test('--require replaces as --import does, and both together once', async () => {
  const require = ['--require', fileURLToPath(REGISTER).replace('.mjs', '.js')]
  for (const flags of [require, [...require, ...registered]]) {
    const { lines } = await run('workers.cjs', { flags })
    expect(lines.slice(0, 2)).toEqual(['main true', 'plain true'])
  }
})
