// The history of the interactive client.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { History, historyPath } from './modules.js'

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-history-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
const newPath = () => historyPath({ XDG_STATE_HOME: join(folder, `${files++}`) })

test('is in XDG_STATE_HOME if that is absolute, otherwise in ~/.local/state', () => {
  const usual = join(homedir(), '.local/state/websocket-rs/history')
  expect(historyPath({ XDG_STATE_HOME: folder })).toBe(join(folder, 'websocket-rs/history'))
  expect([historyPath({}), historyPath({ XDG_STATE_HOME: 'relative' })]).toEqual([usual, usual])
})

test('keeps lines over sessions, the latest first, each once in a row', () => {
  const path = newPath()
  const first = new History(path)
  expect(first.read()).toEqual([])
  for (const line of ['one', 'one', 'two␊lines', '', ' secret', 'x'.repeat(5000)]) first.add(line)
  const second = new History(path)
  expect(second.read()).toEqual(['two␊lines', 'one'])
  second.add('two␊lines')
  second.add('three')
  expect(new History(path).read()).toEqual(['three', 'two␊lines', 'one'])
})

test.skipIf(process.platform === 'win32')(
  'is readable by its owner only, even if it existed with other permissions',
  () => {
    const path = newPath()
    new History(path).add('line')
    expect([statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777]).toEqual([0o600, 0o700])
    const open = newPath()
    mkdirSync(dirname(open), { recursive: true })
    writeFileSync(open, 'line\n', { mode: 0o644 })
    new History(open).read()
    expect(statSync(open).mode & 0o777).toBe(0o600)
  },
)

test('drops the oldest lines of a long file', () => {
  const path = newPath()
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, Array.from({ length: 3000 }, (_, at) => `line ${at}\n`).join(''))
  expect(new History(path).read()).toHaveLength(1000)
  expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(500)
})

test('is none without a path, or if the file cannot be used', () => {
  const none = new History(undefined)
  none.add('line')
  expect(none.read()).toEqual([])
  const blocked = new History(join(folder, 'file/history'))
  writeFileSync(join(folder, 'file'), '')
  blocked.add('line')
  expect(blocked.read()).toEqual([])
})
