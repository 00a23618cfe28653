// Sets the version of a release everywhere, in the documents too, and gives the changes since the last one its heading in
// CHANGELOG.md: `version.mjs 1.2.3`. Changes nothing if the version is not a newer one (the first release may have the version
// that is there), if the tree has changes that are not committed, or if CHANGELOG.md has no changes to release. Platform
// packages take the version from package.json when they are packed.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { publishedDocuments } from './documents.mjs'

/** No number begins with 0: npm and cargo refuse that. */
const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-(alpha|beta|rc)\.(0|[1-9]\d*))?$/

/** How far the kinds of a version are from a release. */
const STAGES = ['alpha', 'beta', 'rc', undefined]

/** Returns the numbers of a version, the most significant first; `undefined` for a text that is none. */
function parse(version) {
  const match = VERSION.exec(version)
  if (match === null) return undefined
  const [, major, minor, patch, stage, number = 0] = match
  return [major, minor, patch, STAGES.indexOf(stage), number].map(Number)
}

/** Returns whether a version is newer than another. Both are valid. */
export function isNewer(version, other) {
  const [left, right] = [parse(version), parse(other)]
  const at = left.findIndex((number, index) => number !== right[index])
  return at >= 0 && left[at] > right[at]
}

/** Replaces every match of a pattern, whose first group is kept. Throws if there is none: a file has another form than expected. */
function replaceAll(text, pattern, version, file) {
  const changed = text.replaceAll(pattern, (_, before) => `${before}${version}"`)
  if (changed === text) throw new Error(`${file} has no version to replace`)
  return changed
}

/** The place of the version in each file: of this package, and of the crates that have no source in a registry. */
const PLACES = {
  'package.json': () => /^( {2}"version": ")[^"]+"/gm,
  'package-lock.json': () => /^( *"name": "websocket-rs",\n *"version": ")[^"]+"/gm,
  'Cargo.toml': () => /(\[workspace\.package\]\nversion = ")[^"]+"/g,
  'Cargo.lock': (old) => ofCrates(old),
  'crates/fuzz/targets/Cargo.toml': () => /^(version = ")[^"]+"/gm,
  'crates/fuzz/targets/Cargo.lock': (old) => ofCrates(old),
}

function ofCrates(old) {
  return new RegExp(
    `(name = "websocket-rs-[a-z-]+"\\nversion = ")${old.replaceAll('.', '\\.')}"(?!\\nsource)`,
    'g',
  )
}

/** Returns the changelog with the unreleased changes under the heading of a version. */
export function releaseChanges(changelog, version, date) {
  const [before, after] = changelog.split(/^## \[Unreleased\]\n/m)
  if (after === undefined) throw new Error('CHANGELOG.md has no section "Unreleased"')
  const [changes] = after.split(/^## /m)
  if (!/^- /m.test(changes)) throw new Error('CHANGELOG.md has no unreleased changes')
  return `${before}## [Unreleased]\n\n## [${version}] - ${date}\n${after}`
}

/** Returns the files that a version changes, with their new texts. */
export function changedFiles(read, version, date) {
  const old = JSON.parse(read('package.json')).version
  if (parse(version) === undefined) throw new Error(`${version} is no version: use 1.2.3 or 1.2.3-beta.1`)
  const changelog = read('CHANGELOG.md')
  const isFirst = version === old && !/^## \[\d/m.test(changelog)
  if (!isFirst && !isNewer(version, old)) throw new Error(`${version} is not newer than ${old}`)
  const files = {
    'CHANGELOG.md': releaseChanges(changelog, version, date),
    ...publishedDocuments(read, version),
  }
  if (isFirst) return files
  for (const [file, place] of Object.entries(PLACES))
    files[file] = replaceAll(read(file), place(old), version, file)
  return files
}

/** Sets the version in the repository of a folder. */
export function setVersion(folder, version, date = new Date().toISOString().slice(0, 10)) {
  const changes = execFileSync('git', ['status', '--porcelain'], { cwd: folder, encoding: 'utf8' })
  if (changes !== '') throw new Error(`commit or remove these changes first:\n${changes}`)
  const files = changedFiles((file) => readFileSync(join(folder, file), 'utf8'), version, date)
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  return Object.keys(files)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const files = setVersion(process.cwd(), process.argv[2] ?? '')
    console.log(`changed ${files.join(', ')}; RELEASING.md has the next step`)
  } catch (error) {
    console.error(`version: ${error.message}`)
    process.exitCode = 1
  }
}
