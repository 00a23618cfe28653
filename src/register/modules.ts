/**
 * The modules of `ws` as Node loads them. All ways to `ws`, `require` and `import`, static or dynamic, run the file
 * `lib/websocket.js` of a copy by the method `_compile` of Node's CommonJS modules, which is where its class is replaced.
 * Most packages that change how modules are loaded call that method too. `v8-compile-cache` does not, so that the function
 * that calls it for files `.js` looks again. Later is too late: Node notes the exports for `import`.
 */

import { readFileSync } from 'node:fs'
import { Module } from 'node:module'
import { basename, dirname } from 'node:path'
import { replaceStream, replaceWebSocket } from './copy.js'
import { type Class, copyStatics } from './prototypes.js'
import { log, warn } from './warnings.js'

type Compile = (this: NodeModule, content: string, filename: string, ...more: unknown[]) => unknown
type Load = (module: NodeModule, filename: string) => void

const {
  _cache: cache,
  _extensions: extensions,
  prototype: modules,
} = Module as unknown as {
  _cache: Record<string, NodeModule | undefined>
  _extensions: { '.js': Load }
  prototype: { _compile: Compile }
}

/** The version of `ws` that is replaced. */
const MAJOR = '8'

interface Manifest {
  name: string
  version: string
}

/** Returns name and version of the package in a folder. */
function readManifest(folder: string): Partial<Manifest> {
  try {
    return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Partial<Manifest>
  } catch {
    return {}
  }
}

/** A file of `ws` whose exports are replaced. */
interface File {
  name: 'websocket.js' | 'stream.js'
  /** The folder of the copy. */
  folder: string
  version: string
}

/** Returns what a file is to a copy of `ws`; `undefined` for all other files. */
function toFile(filename: string): File | undefined {
  // Before version 4 it is WebSocket.js.
  const name = basename(filename).toLowerCase()
  if (name !== 'websocket.js' && name !== 'stream.js') return undefined
  const library = dirname(filename)
  if (basename(library) !== 'lib') return undefined
  const folder = dirname(library)
  const manifest = readManifest(folder)
  return manifest.name === 'ws' ? { name, folder, version: manifest.version ?? '' } : undefined
}

let isEnabled = false

/** Replacements by their originals. */
const replacements = new Map<unknown, unknown>()

function makeReplacement({ name, folder, version }: File, original: unknown): unknown {
  if (name === 'stream.js') return replaceStream(original as never)
  log('replaced ws %s in %s', version, folder)
  return replaceWebSocket(original as Class, () => isEnabled)
}

/** Replaces the exports of a file of `ws`. Returns whether it did. */
function replaceExports(module: NodeModule, file: File): boolean {
  if (!file.version.startsWith(`${MAJOR}.`)) {
    warn(`ws ${file.version} in ${file.folder} is not replaced: its interface is not that of ws ${MAJOR}`)
    return false
  }
  const original: unknown = module.exports
  const replaced = replacements.get(original) ?? makeReplacement(file, original)
  replacements.set(original, replaced)
  module.exports = replaced
  return true
}

/** Replaces the exports of all loaded modules that are `from`, and the constructor of the prototype that they share. */
function swap(from: unknown, to: unknown): void {
  copyStatics(to as object, from as object)
  const { prototype } = to as Class
  if (prototype.constructor === from)
    Object.defineProperty(prototype, 'constructor', { value: to, writable: true, configurable: true })
  for (const module of Object.values(cache)) {
    if (module !== undefined && module.exports === from) module.exports = to
  }
}

/** Replaces the copies of `ws` that are loaded already. Modules that hold their classes keep them. */
function replaceLoaded(): void {
  for (const [original, replaced] of replacements) swap(original, replaced)
  for (const [filename, module] of Object.entries(cache)) {
    if (module === undefined || !module.loaded || isReplacement(module.exports)) continue
    const file = toFile(filename)
    if (file === undefined) continue
    const original: unknown = module.exports
    if (!replaceExports(module, file)) continue
    swap(original, module.exports)
    if (file.name === 'websocket.js')
      warn(
        `ws ${file.version} in ${file.folder} was loaded before: modules that hold its class keep the original`,
      )
  }
}

function isReplacement(value: unknown): boolean {
  return [...replacements.values()].includes(value)
}

/** Replaces the exports of a module that has run, if it is one of `ws`. */
function replaceModule(module: NodeModule, filename: string): void {
  const file = isEnabled ? toFile(filename) : undefined
  if (file !== undefined && !isReplacement(module.exports)) replaceExports(module, file)
}

let isHooked = false

function hook(): void {
  if (isHooked) return
  isHooked = true
  const { _compile: compile } = modules
  modules._compile = function _compile(content, filename, ...more) {
    const result = compile.call(this, content, filename, ...more)
    replaceModule(this, filename)
    return result
  }
  const load = extensions['.js']
  extensions['.js'] = (module, filename) => {
    load(module, filename)
    replaceModule(module, filename)
  }
}

/** Replaces all copies of `ws`. */
export function replaceModules(): void {
  if (isEnabled) return
  isEnabled = true
  hook()
  replaceLoaded()
}

/** Restores the copies of `ws`: what is loaded from now on is the original. */
export function restoreModules(): void {
  isEnabled = false
  for (const [original, replaced] of replacements) swap(replaced, original)
}
