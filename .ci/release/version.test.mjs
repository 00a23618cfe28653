// Tests of setting the version, on a repository with copies of the files that have one.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { changedFiles, isNewer, releaseChanges, setVersion } from './version.mjs'

const FILES = [
  'CHANGELOG.md',
  'Cargo.lock',
  'Cargo.toml',
  'README.md',
  'README.zh-TW.md',
  'crates/fuzz/targets/Cargo.lock',
  'crates/fuzz/targets/Cargo.toml',
  'package-lock.json',
  'package.json',
]
/** Documents that tell how to install the package, without a version. */
const GUIDES = ['docs/quick-start.md', 'docs/zh-TW/quick-start.md']
const old = JSON.parse(readFileSync('package.json', 'utf8')).version
const next = '97.0.1'

let folder = ''
const git = (...args) => execFileSync('git', args, { cwd: folder, stdio: 'pipe', encoding: 'utf8' })
const read = (file) => readFileSync(join(folder, file), 'utf8')

/** Returns the lines of a file that a version set to `next` has changed. */
const changed = (file) =>
  git('diff', '--unified=0', '--', file)
    .split('\n')
    .filter((line) => /^\+[^+]/.test(line))

describe('setVersion()', () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'version-'))
    for (const file of [...FILES, ...GUIDES]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      cpSync(file, join(folder, file))
    }
    git('init', '--quiet')
    git('add', '.')
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost']
    writeFileSync(
      join(folder, 'CHANGELOG.md'),
      '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Something.\n',
    )
    git('add', '.')
    git(...identity, 'commit', '--quiet', '--message', 'files')
  })

  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('sets the version of the package and of all crates, and of nothing else', () => {
    expect(setVersion(folder, next, '2026-12-01').sort()).toEqual(expect.arrayContaining(FILES))
    expect(JSON.parse(read('package.json')).version).toBe(next)
    const lock = JSON.parse(read('package-lock.json'))
    expect([lock.version, lock.packages[''].version]).toEqual([next, next])
    expect(changed('package.json')).toEqual([`+  "version": "${next}",`])
    expect(changed('package-lock.json')).toHaveLength(2)
    expect(changed('Cargo.toml')).toEqual([`+version = "${next}"`])
    expect(changed('crates/fuzz/targets/Cargo.toml')).toEqual([`+version = "${next}"`])
    for (const file of ['Cargo.lock', 'crates/fuzz/targets/Cargo.lock']) {
      const crates = read(file).match(/name = "websocket-rs-[a-z-]+"/g)
      expect(changed(file)).toEqual(crates.map(() => `+version = "${next}"`))
    }
  })

  it('gives the unreleased changes the heading of the version', () => {
    setVersion(folder, next, '2026-12-01')
    expect(read('CHANGELOG.md')).toBe(
      `# Changelog\n\n## [Unreleased]\n\n## [${next}] - 2026-12-01\n\n### Added\n\n- Something.\n`,
    )
  })

  it.each([
    ['a version that is not newer', '0.0.9', 'is not newer than'],
    ['a number that begins with 0', '01.2.3', 'is no version'],
    ['a text that is no version', 'v1.2', 'v1.2 is no version'],
    ['nothing', '', 'is no version'],
    ['a version with build metadata', '98.0.0+build', 'is no version'],
  ])('refuses %s and changes nothing', (_, version, message) => {
    expect(() => setVersion(folder, version)).toThrow(message)
    expect(git('status', '--porcelain')).toBe('')
  })

  it('gives the first release the version that is there', () => {
    setVersion(folder, old, '2026-12-01')
    expect(read('CHANGELOG.md')).toContain(`## [${old}] - 2026-12-01\n`)
    expect(git('diff', '--name-only')).not.toMatch(/Cargo|package/)
  })

  it.each([old, next])('has the documents say that %s is published', (version) => {
    setVersion(folder, version)
    expect(read('README.md')).toContain(`\nVersion ${version}. `)
    expect(read('README.zh-TW.md')).toContain(`\n${version} 版。`)
    for (const file of ['README.md', 'README.zh-TW.md', ...GUIDES]) {
      expect(read(file)).not.toMatch(/not published|published yet|尚未發布/)
      expect(read(file)).toMatch(/^npm install websocket-rs$/m)
    }
  })

  it('sets the version in documents that say that the last one is published', () => {
    const files = Object.fromEntries([...FILES, ...GUIDES].map((file) => [file, read(file)]))
    const release = (version) =>
      Object.assign(
        files,
        changedFiles((file) => files[file], version, '2026-12-01'),
      )
    release('97.0.0-rc.1')
    files['CHANGELOG.md'] = files['CHANGELOG.md'].replace('## [Unreleased]', '## [Unreleased]\n\n- More.')
    release(next)
    expect(files['README.md']).toContain(`\nVersion ${next}. `)
    expect(files['README.zh-TW.md']).toContain(`\n${next} 版。`)
  })

  it('refuses a document that does not say the version', () => {
    writeFileSync(join(folder, 'README.md'), '# websocket-rs\n')
    git(
      '-c',
      'user.name=test',
      '-c',
      'user.email=test@localhost',
      'commit',
      '--quiet',
      '--all',
      '--message',
      'new',
    )
    expect(() => setVersion(folder, next)).toThrow('README.md does not say the version')
    expect(git('status', '--porcelain')).toBe('')
  })

  it('refuses the version of the last release', () => {
    const files = {
      'package.json': read('package.json'),
      'CHANGELOG.md': `## [Unreleased]\n\n- New.\n\n## [${old}] - 2026-01-01\n`,
    }
    expect(() => changedFiles((file) => files[file], old, '2026-12-01')).toThrow('is not newer than')
  })

  it('refuses a tree with changes that are not committed', () => {
    writeFileSync(join(folder, 'new.txt'), '')
    expect(() => setVersion(folder, next)).toThrow('new.txt')
    expect(JSON.parse(read('package.json')).version).toBe(old)
  })
})

describe('releaseChanges()', () => {
  it.each([
    ['no section', '# Changelog\n', 'no section'],
    ['an empty section', '## [Unreleased]\n\n## [1.0.0] - 2026-01-01\n\n- Old.\n', 'no unreleased changes'],
    ['headings only', '## [Unreleased]\n\n### Added\n', 'no unreleased changes'],
  ])('refuses a changelog with %s', (_, changelog, message) => {
    expect(() => releaseChanges(changelog, next, '2026-12-01')).toThrow(message)
  })

  it('keeps the sections of older versions', () => {
    const changelog = '## [Unreleased]\n\n- New.\n\n## [1.0.0] - 2026-01-01\n\n- Old.\n'
    expect(releaseChanges(changelog, next, '2026-12-01')).toBe(
      `## [Unreleased]\n\n## [${next}] - 2026-12-01\n\n- New.\n\n## [1.0.0] - 2026-01-01\n\n- Old.\n`,
    )
  })
})

it.each([
  ['1.0.0', '0.9.9', true],
  ['0.10.0', '0.9.0', true],
  ['1.0.0', '1.0.0-rc.2', true],
  ['1.0.0-rc.1', '1.0.0-beta.9', true],
  ['1.0.0-rc.10', '1.0.0-rc.9', true],
  ['1.0.0-rc.1', '1.0.0', false],
  ['1.0.0', '1.0.0', false],
])('isNewer(%s, %s) is %s', (version, other, expected) => {
  expect(isNewer(version, other)).toBe(expected)
})
