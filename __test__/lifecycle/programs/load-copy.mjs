// Ways to evaluate the package more than once in a process. Each returns `connect` of both APIs from a new copy.

import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileFunction, createContext } from 'node:vm'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const read = createRequire(import.meta.url)

/** Returns a new `require`: the one of this module would keep each copy in its list of children. */
const requireFrom = (folder) => createRequire(join(folder, 'index.js'))

const connectsOf = (require, folder) => ({
  connect: require(join(folder, 'dist/index.js')).connect,
  connectSync: require(join(folder, 'dist/sync.js')).connect,
})

function forget(isForgotten) {
  for (const file of Object.keys(read.cache))
    if (file.startsWith(root) && isForgotten(file)) delete read.cache[file]
}

/** Loads a copy that is in the module cache neither before nor after. */
function loadUncached(isForgotten) {
  forget(isForgotten)
  const copy = connectsOf(requireFrom(root), root)
  forget(isForgotten)
  return copy
}

/** The globals that a test runner passes to the code under test. */
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

/** Loads as Jest does: the modules in a new vm context, Node's own modules and the binary from outside. */
function inContext() {
  const parsingContext = createContext(Object.fromEntries(GLOBALS.map((name) => [name, globalThis[name]])))
  const modules = new Map()
  const requireOutside = requireFrom(root)
  const evaluate = (file) => {
    if (file.endsWith('.node') || file.endsWith('.json') || !file.startsWith('/')) return requireOutside(file)
    if (modules.has(file)) return modules.get(file).exports
    const module = { exports: {} }
    modules.set(file, module)
    const names = ['module', 'exports', 'require', '__filename', '__dirname']
    const source = read('node:fs').readFileSync(file, 'utf8')
    const requireNear = createRequire(file)
    const run = compileFunction(source, names, { filename: file, parsingContext })
    run(module, module.exports, (name) => evaluate(requireNear.resolve(name)), file, dirname(file))
    return module.exports
  }
  return connectsOf(evaluate, root)
}

export const ways = {
  /** Evaluates everything but the binary again, as `jest.resetModules` does. */
  cleared: () => loadUncached((file) => !file.endsWith('.node')),
  /** Loads the binary again as well. */
  reloaded: () => loadUncached(() => true),
  context: inContext,
  /** Loads a second installation with its own binary. */
  installed: () => {
    const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-copy-'))
    try {
      for (const name of ['dist', 'native', 'package.json'])
        cpSync(join(root, name), join(folder, name), { recursive: true })
      return connectsOf(requireFrom(folder), folder)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}
