/** Loads the libraries: websocket-rs from the tree that is measured, the rivals from where make installed them. */

import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

/** The tree of websocket-rs that is measured: this one, or another one in `make bench-compare`. */
export const TREE = resolve(process.env.TREE ?? '.')

/** The folder that contains the node_modules of the rivals. */
export const RIVALS = resolve(process.env.RIVALS ?? join('.cache', 'rivals'))

/** Loads a rival. */
export function rival<T>(name: string): T {
  return createRequire(join(RIVALS, 'package.json'))(name) as T
}

/** Loads an entry of websocket-rs by name, resolved through its own package.json. */
export function ours<T>(name: string): T {
  return createRequire(join(TREE, 'package.json'))(name) as T
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
