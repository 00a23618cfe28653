// The linter fails if an import breaks the layers of src, or closes a circle.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const biome = join(process.cwd(), 'node_modules/@biomejs/biome/bin/biome')
const folder = mkdtempSync(join(tmpdir(), 'layers-'))

/** Imports that are not allowed: the folder of the file, and what it imports. */
const FORBIDDEN = [
  ['node', '../errors/codes.js'],
  ['errors', '../native/binding.js'],
  ['native', '../options/checks.js'],
  ['options', '../connection/close.js'],
  ['options', '../diagnostics/events.js'],
  ['diagnostics', '../options/checks.js'],
  ['diagnostics', '../connection/base.js'],
  ['connection', '../index.js'],
  ['connection', '../web/events.js'],
  ['connection', '../cli/session.js'],
  ['web', '../ws/events.js'],
  ['web', '../web.js'],
  ['connection', '../../native/library.js'],
  ['.', '../native/library.js'],
  ['cli', '../index.js'],
  ['cli', '../web/events.js'],
  ['cli/bench', '../../ws/events.js'],
  ['.', './sync.js'],
] as const

/** Imports of each folder below. */
const ALLOWED = ['diagnostics/events', 'options/wait', 'native/payload', 'errors/codes', 'node/flags']

/** The rules that each file breaks, in one run of the linter. */
const broken = new Map<string, string[]>()

function write(file: string, source: string): void {
  const path = join(folder, 'src', file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, source)
}

interface Report {
  diagnostics: { category: string; location: { path: string | { file: string } } }[]
}

beforeAll(() => {
  cpSync('biome.json', join(folder, 'biome.json'))
  mkdirSync(join(folder, 'src'))
  cpSync('src/biome.json', join(folder, 'src/biome.json'))
  for (const [at, [from, path]] of FORBIDDEN.entries())
    write(`${from}/forbidden${at}.ts`, `export type * from '${path}'\n`)
  write('connection/allowed.ts', ALLOWED.map((path) => `export type * from '../${path}.js'\n`).join(''))
  write('native/one.ts', "import type { Two } from './two.js'\nexport type One = Two\n")
  write('native/two.ts', "import type { One } from './one.js'\nexport type Two = One | 1\n")
  const args = [biome, 'lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none']
  const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  for (const { category, location } of (JSON.parse(stdout) as Report).diagnostics) {
    const path = typeof location.path === 'string' ? location.path : location.path.file
    const file = path.replaceAll('\\', '/').replace(/^.*src\//, '')
    broken.set(file, [...(broken.get(file) ?? []), category])
  }
})

afterAll(() => rmSync(folder, { recursive: true }))

test.each(FORBIDDEN.map((each, at) => [...each, at] as const))(
  'src/%s may not import %s',
  (from, _path, at) => {
    expect(broken.get(join(from, `forbidden${at}.ts`).replaceAll('\\', '/'))).toEqual([
      'lint/style/noRestrictedImports',
    ])
  },
)

test('src/connection may import each folder below it', () => {
  expect(broken.get('connection/allowed.ts')).toBeUndefined()
})

test('two files that import types from each other are a circle', () => {
  expect(broken.get('native/one.ts')).toEqual(['lint/suspicious/noImportCycles'])
})
