// Resolves a path in a module to the modules that define what it names.

/** Finds the `use` declarations, without globs, that bring `name` into `module`. */
function findBindings(module, name) {
  return module.scope.uses.filter((use) => !use.glob && use.name === name && use.segments[0] !== name)
}

/** Returns whether a glob import from a module may bring `name`. */
function provides({ children, scope }, name) {
  return children.has(name) || scope.items.has(name) || scope.uses.some((use) => use.name === name)
}

/** Resolves the paths of one crate. */
export class Resolver {
  #library
  #name

  /** `library` is the root of the crate's library, if it has one, and `name` the name that paths to it begin with. */
  constructor(library, name) {
    this.#library = library
    this.#name = name
  }

  /** Returns the modules that `segments` leads to from `module`; none if it leads out of the crate. */
  resolve(module, segments, seen = new Set()) {
    const [first, ...rest] = segments
    if (first === 'crate') return this.#walk(module.root, rest, seen)
    if (first === 'self') return this.#walk(module, rest, seen)
    if (first === 'super') return this.#walk(module.parent ?? module, rest, seen)
    const isKnown = module.children.has(first) || findBindings(module, first).length > 0
    if (isKnown) return this.#walk(module, segments, seen)
    if (first === this.#name && this.#library) return this.#walk(this.#library, rest, seen)
    return []
  }

  #walk(module, segments, seen) {
    const [first, ...rest] = segments
    if (first === undefined) return [module]
    if (first === 'super') return this.#walk(module.parent ?? module, rest, seen)
    const child = module.children.get(first)
    if (child && rest.length > 0) return this.#walk(child, rest, seen)
    const own = [...(child ? [child] : []), ...(module.scope.items.has(first) ? [module] : [])]
    const found = [...own, ...this.#follow(module, segments, seen)]
    // A name without a declaration comes from a macro.
    return found.length > 0 || findBindings(module, first).length > 0 ? found : [module]
  }

  /** Follows the `use` declarations that bring the first of `segments` into `module`. */
  #follow(module, segments, seen) {
    const key = `${module.file} ${module.path} ${segments}`
    if (seen.has(key)) return []
    seen.add(key)
    const [first, ...rest] = segments
    const named = findBindings(module, first)
    if (named.length > 0)
      return named.flatMap((use) => this.resolve(module, [...use.segments, ...rest], seen))
    return module.scope.uses
      .filter(({ glob }) => glob)
      .flatMap((use) => this.resolve(module, use.segments, new Set(seen)))
      .filter((target) => target !== module && provides(target, first))
      .flatMap((target) => this.#walk(target, segments, seen))
  }
}
