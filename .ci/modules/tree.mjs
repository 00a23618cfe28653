// Builds the module tree of a crate from its root file and the files that `mod` declarations name.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'

import { readSource } from './source.mjs'

/** A module: its file, as a path below the root of the repository, the scope of its source, and its children. */
export class Module {
  children = new Map()

  constructor(file, scope, parent, name) {
    this.file = file
    this.scope = scope
    this.parent = parent
    this.path = name === undefined ? [] : [...parent.path, name]
  }

  get root() {
    return this.parent ? this.parent.root : this
  }

  *descendants() {
    yield this
    for (const child of this.children.values()) yield* child.descendants()
  }
}

/** Returns the folder of the files of a module's children. */
function childFolder(file) {
  return /(^|\/)(lib|main|mod)\.rs$/.test(file) ? dirname(file) : file.replace(/\.rs$/, '')
}

/** Reads module trees below a folder. */
class TreeReader {
  #root

  constructor(root) {
    this.#root = root
  }

  read(file) {
    const module = new Module(file, this.#readScope(file))
    this.#addChildren(module, dirname(file))
    return module
  }

  #readScope(file) {
    return readSource(readFileSync(join(this.#root, file), 'utf8'))
  }

  #findFile(folder, module, { name, line, path }) {
    const candidates = path
      ? [join(dirname(module.file), path)]
      : [join(folder, `${name}.rs`), join(folder, name, 'mod.rs')]
    const found = candidates.find((file) => existsSync(join(this.#root, file)))
    if (!found) throw new Error(`${module.file}:${line}: no file for the module ${name}`)
    return found
  }

  #addChildren(module, folder) {
    for (const declared of module.scope.children) {
      const { name, path } = declared
      if (declared.scope) {
        this.#add(new Module(module.file, declared.scope, module, name), join(folder, name))
        continue
      }
      const file = this.#findFile(folder, module, declared)
      // A file that an attribute names has its children beside itself, as a `mod.rs` has.
      this.#add(
        new Module(file, this.#readScope(file), module, name),
        path ? dirname(file) : childFolder(file),
      )
    }
  }

  #add(module, folder) {
    module.parent.children.set(module.path.at(-1), module)
    this.#addChildren(module, folder)
  }
}

/** Reads the module tree whose root is `file`, a path below `root`. */
export function readTree(root, file) {
  return new TreeReader(root).read(file)
}
