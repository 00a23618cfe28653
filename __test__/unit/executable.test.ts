// The file that a single executable application writes its library to: where it is, and whose.

import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { extract, isExecutable } from '../support/internals.js'

const bytes = Buffer.from('the library')
const own = `websocket-rs-${process.getuid?.()}`
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'websocket-rs-executable-'))
  vi.stubEnv('TMPDIR', folder)
  const getRawAsset = (name: string) => {
    if (name !== 'a.node') throw new Error(`no asset ${name}`)
    return new Uint8Array(bytes).buffer
  }
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue({ isSea: () => true, getRawAsset })
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const modeOf = (path: string) => lstatSync(path).mode & 0o777

test('tells a single executable application from Node', () => {
  expect(isExecutable()).toBe(true)
  vi.restoreAllMocks()
  expect(isExecutable()).toBe(false)
})

test('an asset that does not exist is written nowhere', () => {
  expect(extract('b.node')).toBeUndefined()
  expect(readdirSync(folder)).toEqual([])
})

// Windows has no user IDs, and a temporary folder for each user.
describe.skipIf(process.platform === 'win32')('the file of an asset', () => {
  test('has its content, in a folder that only the user may use', () => {
    const file = extract('a.node') as string
    expect(readFileSync(file)).toEqual(bytes)
    expect(dirname(file)).toBe(join(folder, own))
    expect([modeOf(file), modeOf(dirname(file))]).toEqual([0o700, 0o700])
  })

  test('is the same for all calls, and not written again', () => {
    const file = extract('a.node') as string
    const { ino } = lstatSync(file)
    expect(extract('a.node')).toBe(file)
    expect(lstatSync(file).ino).toBe(ino)
    expect(readdirSync(dirname(file))).toHaveLength(1)
  })

  test('is replaced as a whole if its content is another', () => {
    const file = extract('a.node') as string
    const { ino } = lstatSync(file)
    writeFileSync(file, 'damaged')
    expect(extract('a.node')).toBe(file)
    expect(readFileSync(file)).toEqual(bytes)
    expect(lstatSync(file).ino).not.toBe(ino)
    expect(readdirSync(dirname(file))).toHaveLength(1)
  })

  test.each([
    ['others may write into', () => chmodSync(join(folder, own), 0o777)],
    [
      'is a link',
      () => {
        rmSync(join(folder, own), { recursive: true })
        mkdirSync(join(folder, 'elsewhere'), { mode: 0o700 })
        symlinkSync(join(folder, 'elsewhere'), join(folder, own))
      },
    ],
  ])('is not in a folder that %s', (_title, change) => {
    const before = extract('a.node') as string
    change()
    const file = extract('a.node') as string
    expect(dirname(file)).not.toBe(dirname(before))
    expect(modeOf(dirname(file))).toBe(0o700)
    expect(readFileSync(file)).toEqual(bytes)
  })
})
