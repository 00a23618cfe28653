// Ways to evaluate the package more than once in a process. Each gives `connect` of both APIs, as a copy of their own.

import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileFunction, createContext } from 'node:vm'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const read = createRequire(import.meta.url)

/** A `require` of its own: that of this module would keep each copy in its list of children. */
const requireFrom = (folder) => createRequire(join(folder, 'index.js'))

const take = (require, folder) => ({
  connect: require(join(folder, 'dist/index.js')).connect,
  connectSync: require(join(folder, 'dist/sync.js')).connect,
})

function forget(isForgotten) {
  for (const file of Object.keys(read.cache))
    if (file.startsWith(root) && isForgotten(file)) delete read.cache[file]
}

/** What is loaded now, and is in the cache neither before nor after. */
function alone(isForgotten) {
  forget(isForgotten)
  const copy = take(requireFrom(root), root)
  forget(isForgotten)
  return copy
}

/** What a test runner gives to the code under test. */
const GLOBALS = [
  'AbortController',
  'AbortSignal',
  'Buffer',
  'FinalizationRegistry',
  'URL',
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'console',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
]

/** As Jest does it: the modules in a context of their own, Node's own modules and the binary from outside. */
function inContext() {
  const parsingContext = createContext(Object.fromEntries(GLOBALS.map((name) => [name, globalThis[name]])))
  const modules = new Map()
  const outer = requireFrom(root)
  const evaluate = (file) => {
    if (file.endsWith('.node') || file.endsWith('.json') || !file.startsWith('/')) return outer(file)
    if (modules.has(file)) return modules.get(file).exports
    const module = { exports: {} }
    modules.set(file, module)
    const names = ['module', 'exports', 'require', '__filename', '__dirname']
    const source = read('node:fs').readFileSync(file, 'utf8')
    const near = createRequire(file)
    const run = compileFunction(source, names, { filename: file, parsingContext })
    run(module, module.exports, (name) => evaluate(near.resolve(name)), file, dirname(file))
    return module.exports
  }
  return take(evaluate, root)
}

export const ways = {
  /** `jest.resetModules` and the like: everything but the binary. */
  cleared: () => alone((file) => !file.endsWith('.node')),
  /** The binary too. */
  reloaded: () => alone(() => true),
  context: inContext,
  /** Another installation, with a binary of its own. */
  installed: () => {
    const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-copy-'))
    try {
      for (const name of ['dist', 'native', 'package.json'])
        cpSync(join(root, name), join(folder, name), { recursive: true })
      return take(requireFrom(folder), folder)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}
