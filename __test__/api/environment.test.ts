// Places where the package cannot work, and what it says there.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { ErrorCode } from 'websocket-rs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Runs a CommonJS script in a folder and gives what it prints as JSON. */
function evaluate(script: string, cwd: string): unknown {
  return JSON.parse(execFileSync(process.execPath, ['-e', script], { cwd, encoding: 'utf8' }))
}

test('a native binary that does not load is an error that says for which platform and what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-'))
  try {
    for (const name of ['dist', 'package.json'])
      cpSync(join(root, name), join(folder, name), { recursive: true })
    const script = `
      try { require('./dist/index.js') } catch (error) {
        const { name, code, phase, message } = error
        console.log(JSON.stringify({ name, code, phase, message, hasCause: error.cause instanceof Error }))
      }`
    expect(evaluate(script, folder)).toEqual({
      name: 'WebSocketError',
      code: 'ERR_WS_LOAD' satisfies ErrorCode,
      phase: 'load',
      message: expect.stringMatching(
        `${process.platform}-${process.arch}.*Node ${process.version}.*build from source`,
      ),
      hasCause: true,
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a runtime without the event loop of Node is told to use the blocking face', () => {
  const script = `
    Object.defineProperty(process.versions, 'bun', { value: '1.0.0' })
    require('./dist/index.js').connect('ws://127.0.0.1:1').catch(({ name, code, message }) => {
      console.log(JSON.stringify({ name, code, message }))
    })`
  expect(evaluate(script, root)).toEqual({
    name: 'WebSocketError',
    code: 'ERR_WS_UNSUPPORTED_RUNTIME' satisfies ErrorCode,
    message: expect.stringContaining('websocket-rs/sync'),
  })
})
