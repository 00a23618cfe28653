/** Loads the libraries: websocket-rs from the tree that is measured, the rivals from where make installed them. */

import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

/** The tree of websocket-rs that is measured: this one, or another one in `make bench-compare`. */
export const TREE = resolve(process.env.TREE ?? '.')

/** The folder that contains the node_modules of the rivals. */
export const RIVALS = resolve(process.env.RIVALS ?? join('.cache', 'rivals'))

/** The libraries that have been loaded. To resolve a name again takes 5 us, which would count as a part of opening. */
const loaded = new Map<string, unknown>()

/** Loads a library from a folder, once. */
function load(folder: string, name: string): unknown {
  const library = loaded.get(name) ?? createRequire(join(folder, 'package.json'))(name)
  loaded.set(name, library)
  return library
}

/** Loads a rival. */
export function rival<T>(name: string): T {
  return load(RIVALS, name) as T
}

/** Loads an entry of websocket-rs by name, resolved through its own package.json. */
export function ours<T>(name: string): T {
  return load(TREE, name) as T
}

/** Returns the version in the package.json of a folder. */
export function versionOf(folder: string): string {
  const { version } = createRequire(join(folder, 'package.json'))('./package.json') as { version: string }
  return version
}

/** Returns the version of an installed rival. */
export function rivalVersion(name: string): string {
  return versionOf(join(RIVALS, 'node_modules', name))
}
