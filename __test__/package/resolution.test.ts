// The condition of all other tests: the package name resolves to the built files, which Node loads and not Vite, and
// `import` and `require` share the same state.

import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import * as promiseApi from 'websocket-rs'
import * as blockingApi from 'websocket-rs/sync'
import * as webApi from 'websocket-rs/web'
import * as wsApi from 'websocket-rs/ws'
import * as originalWs from 'ws'
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

test('websocket-rs/ws is a class with the other exports as properties', () => {
  expect(require.resolve('websocket-rs/ws').replaceAll('\\', '/')).toMatch(/\/dist\/ws\.js$/)
  const required = require('websocket-rs/ws') as Record<string, unknown>
  const { default: main, ...named } = wsApi as unknown as Record<string, unknown>
  expect(main).toBe(required)
  const names = Object.keys(named).filter((name) => !EXTRA_NAMES.includes(name))
  // Those of the package ws itself, and the older name of WebSocketServer.
  const { default: _, ...original } = originalWs as unknown as Record<string, unknown>
  expect(names.sort()).toEqual(['Server', ...Object.keys(original)].sort())
  for (const name of names) expect(named[name], name).toBe(required[name])
})

const NATIVE = ['websocket-rs.js', 'package.json', 'websocket-rs.…']

test.each([
  ['websocket-rs', ['index.js', ...NATIVE]],
  ['websocket-rs/sync', ['sync.js', ...NATIVE]],
  ['websocket-rs/web', ['web.js', 'callback.js', ...NATIVE]],
  ['websocket-rs/ws', ['ws.js', 'websocket.js', 'callback.js', ...NATIVE]],
  // Nothing else before the program makes a connection.
  ['websocket-rs/register', ['register.js']],
])('%s loads only its own files and no large module of Node', async (name, expected) => {
  const program = await run(new URL('programs/loaded.cjs', import.meta.url), [name])
  const { files, modules } = JSON.parse(program.lines[0] ?? '') as Record<'files' | 'modules', string[]>
  const names = files.map((file) => basename(file).replace(/^(websocket-rs\.).*node$/, '$1…'))
  expect(names.sort()).toEqual([...expected].sort())
  // Each takes milliseconds to load, and is needed late or rarely.
  const large = ['net', 'tls', 'http', 'https', 'crypto', 'worker_threads', 'stream']
  const loaded = modules.filter((each) => large.includes(each.replace('NativeModule ', '')))
  expect(loaded).toEqual([])
})
