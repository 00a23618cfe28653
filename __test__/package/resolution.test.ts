// What every other test stands on: the name resolves to the built files, loaded by Node and not by
// Vite, and `import` and `require` meet one module state.

import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import * as promiseFace from 'websocket-rs'
import * as blockingFace from 'websocket-rs/sync'
import { run } from '../support/program.js'

const require = createRequire(import.meta.url)

/** What `export *` hands on beside the exports: tsc's mark for other compilers, and Node 22's whole module. */
const MARKS = ['__esModule', 'module.exports']

function namesOf(module: object): string[] {
  return Object.keys(module)
    .filter((key) => !MARKS.includes(key))
    .sort()
}

test.each([
  ['websocket-rs', 'index.js', promiseFace],
  ['websocket-rs/sync', 'sync.js', blockingFace],
])('%s is the built file, however it is loaded', (name, file, imported) => {
  expect(require.resolve(name).replaceAll('\\', '/')).toMatch(new RegExp(`/dist/${file}$`))
  const required = require(name) as Record<string, unknown>
  const names = namesOf(required)
  expect(names).toContain('connect')
  // An ESM entry that forgets a name fails here.
  expect(namesOf(imported)).toEqual(names)
  for (const key of names) expect((imported as Record<string, unknown>)[key], key).toBe(required[key])
})

test.each(['websocket-rs', 'websocket-rs/sync'])('%s loads little', async (name) => {
  const program = await run(new URL('programs/loaded.cjs', import.meta.url), [name])
  const { files, modules } = JSON.parse(program.lines[0] ?? '') as Record<'files' | 'modules', string[]>
  const entry = name === 'websocket-rs' ? 'index.js' : 'sync.js'
  const [binary] = files.filter((file) => file.endsWith('.node'))
  expect(files.map((file) => basename(file)).sort()).toEqual(
    [entry, 'loader.js', 'package.json', 'websocket-rs.js', basename(binary ?? '')].sort(),
  )
  // Each takes milliseconds, and is needed late or by few.
  const large = ['net', 'tls', 'crypto', 'worker_threads', 'stream'].map((each) => `NativeModule ${each}`)
  expect(modules.filter((each) => large.includes(each))).toEqual([])
})
