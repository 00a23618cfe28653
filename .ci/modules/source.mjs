// Reads the child modules, `use` declarations, items and paths of one Rust source. Skips what is compiled for tests only.

import { tokenize } from './tokens.mjs'

const ITEMS = new Set(['fn', 'struct', 'enum', 'union', 'trait', 'type', 'const', 'static'])
const OPENING = new Set(['(', '[', '{'])
const CLOSING = new Set([')', ']', '}'])

/** Creates the scope of a module. An inline module (`mod x { … }`) has a scope within that of its file. */
function createScope() {
  return { children: [], uses: [], paths: [], items: new Set() }
}

/** Walks the tokens of one source. */
class Reader {
  #tokens
  #at = 0

  constructor(text) {
    this.#tokens = tokenize(text)
  }

  /** Reads to the end of the source, or to the brace that closes an inline module. */
  readScope() {
    const scope = createScope()
    let depth = 0
    let attributes = { test: false, path: undefined }
    while (this.#at < this.#tokens.length) {
      const text = this.#text()
      if (text === '}' && depth === 0) break
      if (text === '#') {
        this.#readAttribute(attributes)
        continue
      }
      if (text === 'pub') {
        this.#skipVisibility()
        continue
      }
      if (attributes.test) this.#skipItem()
      else depth += this.#readToken(scope, attributes)
      attributes = { test: false, path: undefined }
    }
    return scope
  }

  #text(ahead = 0) {
    return this.#tokens[this.#at + ahead]?.text
  }

  #isIdentifier(ahead = 0) {
    return this.#tokens[this.#at + ahead]?.kind === 'identifier'
  }

  /** Reads what begins at the current token. Returns the change of the depth of braces. */
  #readToken(scope, attributes) {
    const text = this.#text()
    if (text === 'mod' && this.#isIdentifier(1)) this.#readModule(scope, attributes)
    else if (text === 'use' && !this.#isPrecise()) this.#readUse(scope)
    else if (this.#isIdentifier()) this.#readPath(scope)
    else {
      this.#at += 1
      if (text === '{') return 1
      if (text === '}') return -1
    }
    return 0
  }

  /** Returns whether `use` begins a bound such as `use<'a, T>`. */
  #isPrecise() {
    return this.#text(1) === '<'
  }

  #readModule(scope, { path }) {
    const { line } = this.#tokens[this.#at]
    const name = this.#text(1)
    const inline = this.#text(2) === '{'
    this.#at += 3
    const child = { name, line, path }
    if (inline) {
      child.scope = this.readScope()
      this.#at += 1
    }
    scope.children.push(child)
  }

  #readUse(scope) {
    const { line } = this.#tokens[this.#at]
    this.#at += 1
    this.#readUseTree(scope, line, [])
    this.#at += 1
  }

  /** Reads `a::b`, `a::{b, c as d}` or `a::*`; `prefix` is the path before it. */
  #readUseTree(scope, line, prefix) {
    const segments = [...prefix]
    for (;;) {
      if (this.#text() === '{') return this.#readUseList(scope, line, segments)
      if (this.#text() === '*') {
        this.#at += 1
        scope.uses.push({ segments, line, glob: true })
        return
      }
      // A path that begins with `::` leads to another crate, and `::` is no name of this one.
      if (this.#text() === '::' && segments.length === 0) segments.push('::')
      else if (this.#isIdentifier()) segments.push(this.#text())
      if (this.#text() !== '::') this.#at += 1
      if (this.#text() !== '::') break
      this.#at += 1
    }
    this.#addUse(scope, line, segments)
  }

  #readUseList(scope, line, segments) {
    this.#at += 1
    while (this.#at < this.#tokens.length && this.#text() !== '}') {
      if (this.#text() === ',') this.#at += 1
      else this.#readUseTree(scope, line, segments)
    }
    this.#at += 1
  }

  #addUse(scope, line, segments) {
    // `a::{self}` imports `a`.
    if (segments.length > 1 && segments.at(-1) === 'self') segments.pop()
    let name = segments.at(-1)
    if (this.#text() === 'as') {
      name = this.#text(1)
      this.#at += 2
    }
    scope.uses.push({ segments, name, line })
  }

  #readPath(scope) {
    const { line } = this.#tokens[this.#at]
    const before = this.#text(-1)
    const segments = [this.#text()]
    this.#at += 1
    while (this.#text() === '::' && this.#isIdentifier(1)) {
      segments.push(this.#text(1))
      this.#at += 2
    }
    if (ITEMS.has(before)) scope.items.add(segments[0])
    if (segments.length > 1 && before !== '::' && before !== '.') scope.paths.push({ segments, line })
  }

  /** Reads `#[…]` or `#![…]`; notes `cfg(test)` and `path = "…"`. */
  #readAttribute(attributes) {
    this.#at += this.#text(1) === '!' ? 2 : 1
    if (this.#text() !== '[') return
    const start = this.#at
    this.#skipGroup()
    const inner = this.#tokens.slice(start + 1, this.#at - 1).map(({ text }) => text)
    const written = inner.join(' ')
    if (/^cfg \( (?:test|all \( (?:.* , )?test (?:, .*)?\)) ?,? ?\)$/.test(written)) attributes.test = true
    if (inner[0] === 'path') attributes.path = inner[2].slice(1, -1)
  }

  #skipVisibility() {
    this.#at += 1
    const restricted = this.#text() === '(' && ['crate', 'self', 'super', 'in'].includes(this.#text(1))
    if (restricted) this.#skipGroup()
  }

  /** Skips to the end of an item: its semicolon, its closing brace, or the end of the enclosing group. */
  #skipItem() {
    while (this.#at < this.#tokens.length) {
      const text = this.#text()
      if (CLOSING.has(text)) return
      if (OPENING.has(text)) {
        this.#skipGroup()
        if (text === '{') return
      } else {
        this.#at += 1
        if (text === ';') return
      }
    }
  }

  /** Skips a pair of brackets with its contents. */
  #skipGroup() {
    let depth = 0
    do {
      const text = this.#text()
      if (OPENING.has(text)) depth += 1
      if (CLOSING.has(text)) depth -= 1
      this.#at += 1
    } while (depth > 0 && this.#at < this.#tokens.length)
  }
}

/**
 * Returns the scope of a Rust source: `children` (with a `scope` of their own if they are inline), `uses`, `paths` of
 * two segments and more, and the names of `items`.
 */
export function readSource(text) {
  return new Reader(text).readScope()
}
