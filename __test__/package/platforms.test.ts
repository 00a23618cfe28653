// The packages of the platforms: on each platform the package loads the library from its own one, and requests no name
// that is not published.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manifest, platforms } from '../../.ci/platforms.mjs'
import { run } from '../support/program.js'

const root = resolve(import.meta.dirname, '../..')

/** Platforms for which nothing is published. */
const OTHERS = [
  { os: 'freebsd', cpu: 'x64', name: 'freebsd-x64' },
  { os: 'android', cpu: 'arm64', name: 'android-arm64' },
  { os: 'linux', cpu: 'arm', name: 'linux-arm-gnueabihf' },
  { os: 'win32', cpu: 'ia32', name: 'win32-ia32-msvc' },
]

let folder = ''

/** The start of a program that glibc or musl runs. */
const LOADERS = { glibc: '/lib64/ld-linux-x86-64.so.2', musl: '/lib/ld-musl-x86_64.so.1' }

/** Loads a copy of dist/ without a built library, as on another platform. */
async function load(os: string, cpu: string, libc: keyof typeof LOADERS = 'glibc') {
  const program = new URL('programs/requested.cjs', import.meta.url)
  const { lines } = await run(program, [join(folder, 'dist/index.js'), os, cpu, join(folder, libc)])
  return JSON.parse(lines[0] ?? '') as { requested: string[]; message?: string }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'websocket-rs-platforms-'))
  for (const name of ['dist', 'package.json'])
    cpSync(join(root, name), join(folder, name), { recursive: true })
  for (const [libc, loader] of Object.entries(LOADERS))
    writeFileSync(join(folder, libc), `\x7fELF ${loader}\0`)
})

afterAll(() => rmSync(folder, { recursive: true }))

test('publishes a package for each target under the scope of the project', () => {
  const main = join(root, 'build/stage', manifest.name, 'package.json')
  const { optionalDependencies } = JSON.parse(readFileSync(main, 'utf8'))
  const names = platforms.map(({ packageName }) => packageName)
  expect(names.every((name) => /^@websocket-rs\/[a-z0-9-]+$/.test(name))).toBe(true)
  expect(optionalDependencies).toEqual(Object.fromEntries(names.map((name) => [name, manifest.version])))
})

test.each(platforms)('requests only $packageName on $name', async ({ packageName, conditions }) => {
  const { os, cpu, libc } = conditions
  const { requested, message } = await load(os[0], cpu[0], libc?.[0])
  expect(requested).toEqual([packageName])
  expect(message).toContain(`${packageName}, the package for this platform, is not installed`)
})

test.each(OTHERS)('requests nothing on $name', async ({ os, cpu, name }) => {
  const { requested, message } = await load(os, cpu)
  expect(requested).toEqual([])
  expect(message).toContain(`there is no package for ${name}`)
})

test('names no other package in any published file', () => {
  const files = readdirSync(join(root, 'dist'), { recursive: true, withFileTypes: true })
    .filter((entry) => /\.m?js$/.test(entry.name) && entry.name !== 'internals.js')
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  const found = files.flatMap((text) =>
    [...text.matchAll(/require\(["'](@[^"']+)["']\)/g)].map(([, name]) => name),
  )
  expect(found.sort()).toEqual(platforms.map(({ packageName }) => packageName).sort())
})

test.runIf(process.platform === 'linux')(
  'asks the report of Node if the program does not tell its loader',
  async () => {
    writeFileSync(join(folder, 'unknown'), 'no loader')
    const report = process.report?.getReport() as { header: { glibcVersionRuntime?: string } }
    const libc = report.header.glibcVersionRuntime === undefined ? 'musl' : 'gnu'
    const { requested } = await load('linux', 'x64', 'unknown' as 'glibc')
    expect(requested).toEqual([`@websocket-rs/linux-x64-${libc}`])
  },
)
