// Tests of the module check, each on a crate of a few files that it writes to a temporary folder.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'

import { checkModules } from './check.mjs'

const MANIFEST = '[package]\nname = "my-crate"\n'
const roots = []

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true })
})

/** Writes `files`, by path below src/, as the crate crates/a; returns what the check finds. */
function check(files, floors) {
  const root = mkdtempSync(join(tmpdir(), 'modules-'))
  roots.push(root)
  const sources = Object.entries(files).map(([path, text]) => [`src/${path}`, text])
  for (const [path, text] of [['Cargo.toml', MANIFEST], ...sources]) {
    const file = join(root, 'crates/a', path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return checkModules(root, floors ? { 'crates/a': floors } : {})
}

describe('circles', () => {
  it('reports none if all imports lead one way', () => {
    const found = check({
      'lib.rs': 'mod above;\nmod below;\npub use above::run;\n',
      'above.rs': 'use crate::below::Thing;\npub fn run(_: Thing) {}\n',
      'below.rs': 'pub struct Thing;\n',
    })
    expect(found).toEqual([])
  })

  it('names the files and lines of a circle', () => {
    const [found] = check({
      'lib.rs': 'mod one;\nmod other;\n',
      'one.rs': '//! One.\nuse crate::other::Other;\npub struct One;\n',
      'other.rs': 'pub struct Other;\nfn f(_: super::one::One) {}\n',
    })
    expect(found).toContain('a circle of 2 files')
    expect(found).toContain('crates/a/src/one.rs:2 -> crates/a/src/other.rs (crate::other::Other)')
    expect(found).toContain('crates/a/src/other.rs:2 -> crates/a/src/one.rs (super::one::One)')
  })

  it.each([
    ['a nested list', 'use crate::{missing::Nothing, other::{Other, More as Rest}};'],
    ['a glob', 'use crate::other::*;'],
    ['a path in code', 'fn f() { crate::other::f::<u8>(); }'],
    ['a path in a macro', 'fn f() { assert!(matches!(1, super::other::X)); }'],
    ['a module and a path that begins with it', 'use crate::other;\nfn f() { other::f() }'],
    ['the name of the crate', 'use my_crate::other::Other;'],
    ['a declaration inside a function', 'fn f() { use crate::other::Other; }'],
    [
      'an inline module',
      "mod inner { use super::super::other::Other; }\nfn f<'a>(c: char) -> bool { c == '{' }",
    ],
    ['code after a test module', '#[cfg(test)]\nmod tests { }\nuse crate::other::Other;'],
    ['a pattern of a raw string before it', 'const S: &str = r#"mod x; // " "#;\nuse crate::other::Other;'],
  ])('follows %s', (_, source) => {
    const found = check({
      'lib.rs': 'mod one;\nmod other;\n',
      'one.rs': `${source}\npub struct One;\n`,
      'other.rs': 'use crate::one::One;\npub struct Other;\n',
    })
    expect(found[0]).toContain('a circle of 2 files')
  })

  it.each([
    ['comments', '// use crate::other::Other;\n/* /* nested */ use crate::other::Other; */'],
    ['strings', 'const S: &str = "use crate::other::Other;";'],
    ['test modules', '#[cfg(test)]\nmod tests {\n  use crate::other::Other;\n}'],
    ['test imports', '#[cfg(test)]\nuse crate::other::Other;'],
    ['names of other crates', 'use ::other::Other;\nuse tokio::other::Other;'],
  ])('ignores %s', (_, source) => {
    const found = check({
      'lib.rs': 'mod one;\nmod other;\n',
      'one.rs': `${source}\npub struct One;\n`,
      'other.rs': 'use crate::one::One;\npub struct Other;\n',
    })
    expect(found).toEqual([])
  })

  it('reports a child that imports from a parent that imports from it', () => {
    const [found] = check({
      'lib.rs': 'mod parent;\n',
      'parent/mod.rs': 'mod child;\nuse child::Child;\npub struct Parent;\n',
      'parent/child.rs': 'use super::Parent;\npub struct Child;\n',
    })
    expect(found).toContain('parent/mod.rs:2 -> crates/a/src/parent/child.rs (child::Child)')
  })

  it('does not take a module declaration for an import', () => {
    const found = check({
      'lib.rs': 'mod parent;\n',
      'parent.rs': 'mod child;\npub struct Parent;\n',
      'parent/child.rs': 'use super::Parent;\nimpl Parent {}\n',
    })
    expect(found).toEqual([])
  })

  it('follows a re-exported name to the file that defines it', () => {
    const found = check({
      'lib.rs': 'mod parent;\n',
      'parent.rs': 'mod one;\nmod other;\npub use one::One;\npub use other::*;\n',
      'parent/one.rs': 'use super::Other;\npub struct One;\n',
      'parent/other.rs': 'pub struct Other;\n',
    })
    expect(found).toEqual([])
  })

  it('reports a circle of folders whose files are in none', () => {
    const [found] = check({
      'lib.rs': 'mod one;\nmod other;\n',
      'one.rs': 'pub mod a;\npub mod b;\n',
      'one/a.rs': 'use crate::other::c::C;\n',
      'one/b.rs': 'pub struct B;\n',
      'other.rs': 'pub mod c;\n',
      'other/c.rs': 'use crate::one::b::B;\npub struct C;\n',
    })
    expect(found).toContain('a circle of 2 modules of crates/a/src: one, other')
  })

  it('reads a file that an attribute names', () => {
    const [found] = check({
      'lib.rs': '#[path = "strange.rs"]\nmod plain;\nmod other;\n',
      'strange.rs': 'use crate::other::Other;\npub struct Plain;\n',
      'other.rs': 'use crate::plain::Plain;\npub struct Other;\n',
    })
    expect(found).toContain('crates/a/src/strange.rs:1')
  })

  it('fails if a module has no file', () => {
    expect(() => check({ 'lib.rs': 'mod absent;\n' })).toThrow('no file for the module absent')
  })
})

describe('floors', () => {
  const files = {
    'lib.rs': 'mod above;\nmod below;\n',
    'above.rs': 'use crate::below::Thing;\n',
    'below.rs': 'pub struct Thing;\n',
  }

  it('accepts imports that lead down', () => {
    expect(check(files, [['above'], ['below']])).toEqual([])
  })

  it('reports an import that leads up', () => {
    const [found] = check(files, [['below'], ['above']])
    expect(found).toContain('crates/a/src/above.rs:1 -> crates/a/src/below.rs')
  })

  it('reports an import between two modules of one floor', () => {
    const [found] = check(files, [['above', 'below']])
    expect(found).toContain('does not lead to a floor below')
  })

  it('lets a child have a floor of its own', () => {
    const parts = { ...files, 'below.rs': 'pub mod part;\n', 'below/part.rs': 'pub struct Thing;\n' }
    parts['above.rs'] = 'use crate::below::part::Thing;\n'
    expect(check(parts, [['below'], ['above'], ['below/part']])).toEqual([])
  })

  it('reports a module without a floor and a floor without a module', () => {
    const found = check(files, [['above'], ['beneath']])
    expect(found).toContain('crates/a/src/below.rs has no floor in floors.json')
    expect(found).toContain('floors.json names beneath, which is no module of crates/a')
  })

  it('reports an import from the root of the crate', () => {
    const [found] = check({ 'lib.rs': 'mod a;\npub struct Root;\n', 'a.rs': 'use crate::Root;\n' }, [['a']])
    expect(found).toContain('crates/a/src/a.rs:1 -> crates/a/src/lib.rs (crate::Root)')
  })
})
