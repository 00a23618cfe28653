// Tests of publishing, with a program in the place of npm that answers from a folder and records what is published.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { manifest, platforms } from '../platforms.mjs'

const { version } = manifest
const names = [...platforms.map(({ packageName }) => packageName), manifest.name]
const tarball = (name) => `${name.replace('@', '').replace('/', '-')}-${version}.tgz`

/** Stands for npm: `view` prints the file of the package in registry/, `publish` writes a line to published.txt. */
const NPM = `#!/bin/sh
command=$1 subject=$2
shift 2
if [ "$command" = view ]; then
  file=registry/$(echo "$subject" | tr / -)
  [ -f "$file" ] || { echo 'npm error code E404' >&2; exit 1; }
  [ "$(cat "$file")" != down ] || { echo 'npm error code E500' >&2; exit 1; }
  printf '"%s"' "$(cat "$file")"
else
  [ ! -f failing ] || case $subject in *"$(cat failing)"*) exit 1 ;; esac
  echo "$subject $*" >>published.txt
fi
`

// Starts twenty processes.
vi.setConfig({ testTimeout: 120_000 })

let folder = ''
const integrity = (name) =>
  `sha512-${createHash('sha512')
    .update(readFileSync(join(folder, 'build/packages', tarball(name))))
    .digest('base64')}`
const register = (name, answer) =>
  writeFileSync(join(folder, 'registry', `${name}@${version}`.replace('/', '-')), answer)

/** Publishes; returns the lines of what was published, or the error. */
function publish() {
  rmSync(join(folder, 'published.txt'), { force: true })
  const PATH = `${join(folder, 'bin')}${delimiter}${process.env.PATH}`
  let error
  try {
    const script = join(folder, '.ci/release/publish.mjs')
    execFileSync(process.execPath, [script, '--provenance'], {
      cwd: folder,
      env: { ...process.env, PATH },
      stdio: 'pipe',
    })
  } catch (thrown) {
    error = String(thrown.stderr)
  }
  const file = join(folder, 'published.txt')
  return { lines: existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [], error }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'publish-'))
  for (const name of ['bin', 'registry', 'build/packages', '.ci/release'])
    mkdirSync(join(folder, name), { recursive: true })
  for (const file of ['.ci/release/publish.mjs', '.ci/platforms.mjs', 'package.json'])
    cpSync(file, join(folder, file))
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction')
  writeFileSync(join(folder, 'bin/npm'), NPM)
  chmodSync(join(folder, 'bin/npm'), 0o755)
  for (const name of names) writeFileSync(join(folder, 'build/packages', tarball(name)), name)
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const line = (name) => `./build/packages/${tarball(name)} --tag latest --provenance`

it.skipIf(process.platform === 'win32')('publishes the platform packages and then the main package', () => {
  expect(publish()).toEqual({ lines: names.map(line), error: undefined })
})

it.skipIf(process.platform === 'win32')('continues after a run that failed half-way', () => {
  writeFileSync(join(folder, 'failing'), 'darwin-x64')
  const { lines } = publish()
  expect(lines).toEqual(names.slice(0, 4).map(line))
  rmSync(join(folder, 'failing'))
  for (const name of names.slice(0, 4)) register(name, integrity(name))
  expect(publish()).toEqual({ lines: names.slice(4).map(line), error: undefined })
})

it.skipIf(process.platform === 'win32').each([
  [
    'a version that is published with other content',
    () => register(names[0], 'sha512-other'),
    'with other content',
  ],
  ['a registry that does not answer', () => register(names[0], 'down'), 'E500'],
  ['a missing package', () => rmSync(join(folder, 'build/packages', tarball(names[2]))), 'must have'],
])('publishes nothing after %s', (_, prepare, message) => {
  prepare()
  const { lines, error } = publish()
  expect(lines).toEqual([])
  expect(error).toContain(message)
})
