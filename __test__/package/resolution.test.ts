// What every other test stands on: the name resolves to the built files, loaded by Node and not by
// Vite, and `import` and `require` meet one module state.

import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import * as promiseFace from 'websocket-rs'
import * as blockingFace from 'websocket-rs/sync'

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
