/** Where the libraries are: ours in the tree that is measured, the rivals where make installed them. */

import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

/** The tree of websocket-rs that is measured: this one, or another for `make bench-compare`. */
export const TREE = resolve(process.env.TREE ?? '.')

/** The folder above the rivals' node_modules. */
export const RIVALS = resolve(process.env.RIVALS ?? join('.cache', 'rivals'))

/** Loads a rival. */
export function rival<T>(name: string): T {
  return createRequire(join(RIVALS, 'package.json'))(name) as T
}

/** Loads an entry of websocket-rs by its name, as its own package resolves it. */
export function ours<T>(name: string): T {
  return createRequire(join(TREE, 'package.json'))(name) as T
}

/** The version a package says it has. */
export function versionOf(folder: string): string {
  const { version } = createRequire(join(folder, 'package.json'))('./package.json') as { version: string }
  return version
}

/** The version of an installed rival. */
export function rivalVersion(name: string): string {
  return versionOf(join(RIVALS, 'node_modules', name))
}
