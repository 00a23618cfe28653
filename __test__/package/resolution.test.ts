// The condition of all other tests: the package name resolves to the built files, which Node loads and not Vite, and
// `import` and `require` share the same state.

import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import * as promiseApi from 'websocket-rs'
import * as blockingApi from 'websocket-rs/sync'
import * as webApi from 'websocket-rs/web'
import { run } from '../support/program.js'

const require = createRequire(import.meta.url)

/** Names that `export *` adds to the exports: a mark of tsc for other compilers, and the whole module in Node 22. */
const EXTRA_NAMES = ['__esModule', 'module.exports']

function namesOf(module: object): string[] {
  return Object.keys(module)
    .filter((key) => !EXTRA_NAMES.includes(key))
    .sort()
}

test.each([
  ['websocket-rs', 'index.js', 'connect', promiseApi],
  ['websocket-rs/sync', 'sync.js', 'connect', blockingApi],
  ['websocket-rs/web', 'web.js', 'WebSocket', webApi],
])('%s resolves to the built file with import and require', (name, file, main, imported) => {
  expect(require.resolve(name).replaceAll('\\', '/')).toMatch(new RegExp(`/dist/${file}$`))
  const required = require(name) as Record<string, unknown>
  const names = namesOf(required)
  expect(names).toContain(main)
  // Fails if the ES module entry lacks a name.
  expect(namesOf(imported)).toEqual(names)
  for (const key of names) expect((imported as Record<string, unknown>)[key], key).toBe(required[key])
})

test.each([
  ['websocket-rs', 'index.js', []],
  ['websocket-rs/sync', 'sync.js', []],
  ['websocket-rs/web', 'web.js', ['callback.js']],
])('%s loads only its own files and no large module of Node', async (name, entry, own) => {
  const program = await run(new URL('programs/loaded.cjs', import.meta.url), [name])
  const { files, modules } = JSON.parse(program.lines[0] ?? '') as Record<'files' | 'modules', string[]>
  const [binary] = files.filter((file) => file.endsWith('.node'))
  expect(files.map((file) => basename(file)).sort()).toEqual(
    [entry, ...own, 'package.json', 'websocket-rs.js', basename(binary ?? '')].sort(),
  )
  // Each takes milliseconds to load, and is needed late or rarely.
  const large = ['net', 'tls', 'crypto', 'worker_threads', 'stream'].map((each) => `NativeModule ${each}`)
  expect(modules.filter((each) => large.includes(each))).toEqual([])
})
