// Finds which file of a crate imports which.
//
// An import leads to the file that defines the name: a re-exported name is followed to the module it comes from, so a
// child may import a sibling through `super::`. A glob import leads to the module whose names it imports. `mod child;`
// alone is not an import, since it only declares the file; a re-export of the child's names is one. Uses without a path,
// such as method calls, are not found.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path/posix'

import { Resolver } from './resolver.mjs'
import { readTree } from './tree.mjs'

const ROOTS = ['src/lib.rs', 'src/main.rs']
const NAME = [/^\[lib\][^[]*?^name = "(.*)"/ms, /^\[package\][^[]*?^name = "(.*)"/ms]

/** Returns the name by which the crate's other targets import its library. */
function readLibraryName(manifest) {
  const found = NAME.map((pattern) => pattern.exec(manifest)?.[1]).find((name) => name !== undefined)
  return found?.replaceAll('-', '_')
}

/** Finds the imports of one module: its `use` declarations and the paths in its code. */
function findImports(module, resolver) {
  const { uses, paths } = module.scope
  return [...uses, ...paths].flatMap(({ segments, line }) =>
    resolver
      .resolve(module, segments)
      .filter(({ file }) => file !== module.file)
      .map(({ file }) => ({ from: module.file, line, to: file, path: segments.join('::') })),
  )
}

/**
 * Reads the crate in `folder`, a path below `root`. Returns its `files`, each with the path of its module (`''` for
 * the root), and its `imports`: for each pair of files the first `{ from, line, to, path }`.
 */
export function readCrate(root, folder) {
  const roots = ROOTS.map((file) => join(folder, file)).filter((file) => existsSync(join(root, file)))
  const trees = roots.map((file) => readTree(root, file))
  const manifest = readFileSync(join(root, folder, 'Cargo.toml'), 'utf8')
  const library = trees.find(({ file }) => file.endsWith('lib.rs'))
  const resolver = new Resolver(library, readLibraryName(manifest))
  const modules = trees.flatMap((tree) => [...tree.descendants()])
  const imports = new Map()
  for (const found of modules.flatMap((module) => findImports(module, resolver))) {
    const key = `${found.from} ${found.to}`
    if (!imports.has(key)) imports.set(key, found)
  }
  // An inline module has the file of its parent, which comes first.
  const files = new Map(modules.map(({ file, path }) => [file, path.join('/')]).reverse())
  return { files, imports: [...imports.values()] }
}
