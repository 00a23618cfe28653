// Checks the imports between the modules of each crate. Fails on a circle of files, on a circle of folders, and on an
// import that does not lead to a lower floor.
//
// floors.json lists the floors of a crate from the top down. A floor is a list of modules: `a` stands for the module `a`
// and its children, `a/b` for a child on a floor of its own. Modules of the same floor do not import each other. The root
// of a crate (lib.rs, main.rs) is above all floors.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path/posix'
import { pathToFileURL } from 'node:url'

import { findCircles } from './circles.mjs'
import { readCrate } from './crate.mjs'

const PARENTS = ['crates', 'bench']
const FLOORS = new URL('floors.json', import.meta.url)

function findCrates(root) {
  return PARENTS.filter((parent) => existsSync(join(root, parent)))
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(parent, name)))
    .filter((folder) => ['Cargo.toml', 'src'].every((entry) => existsSync(join(root, folder, entry))))
}

function describe({ from, line, to, path }) {
  return `${from}:${line} -> ${to} (${path})`
}

/** Returns a text for each circle among `nodes`; `toNode` returns the node that a file belongs to, if there is one. */
function describeCircles(nodes, imports, toNode, noun) {
  const arrows = imports.map((found) => ({ ...found, above: toNode(found.from), below: toNode(found.to) }))
  const follow = (node) => arrows.filter(({ above }) => above === node).map(({ below }) => below)
  const known = new Set(nodes)
  return findCircles(known, (node) => follow(node).filter((next) => known.has(next))).map((circle) => {
    const within = arrows.filter(
      ({ above, below }) => above !== below && circle.includes(above) && circle.includes(below),
    )
    return [`a circle of ${circle.length} ${noun}: ${circle.join(', ')}`, ...within.map(describe)].join(
      '\n    ',
    )
  })
}

/** Returns the child of `parent` that is or contains `module`, or undefined if there is none. */
function childOf(parent, module) {
  const prefix = parent === '' ? '' : `${parent}/`
  if (module === parent || !module.startsWith(prefix)) return undefined
  return prefix + module.slice(prefix.length).split('/', 1)[0]
}

/** Finds circles of files, then circles among the children of each module, each with all that is below it. */
function checkCircles(crate, { files, imports }) {
  const modules = [...new Set(files.values())]
  const ofFiles = describeCircles(files.keys(), imports, (file) => file, 'files')
  const ofModules = modules.flatMap((parent) => {
    const children = modules.map((module) => childOf(parent, module)).filter((child) => child !== undefined)
    const noun = `modules of ${join(crate, 'src', parent)}`
    return describeCircles(children, imports, (file) => childOf(parent, files.get(file)), noun)
  })
  return [...ofFiles, ...ofModules]
}

/** Finds the floor of a module, and the name in floors.json that puts it there: the longest that fits. */
function findFloor(module, floors) {
  const names = floors.flatMap((floor, number) => floor.map((name) => ({ name, number })))
  const fitting = names.filter(({ name }) => module === name || module.startsWith(`${name}/`))
  return fitting.sort((one, other) => other.name.length - one.name.length)[0]
}

/** Finds modules without a floor, names of floors.json without a module, and imports that do not lead down. */
function checkFloors(crate, { files, imports }, floors) {
  const modules = [...files.values()]
  const unplaced = [...files].filter(([, module]) => module !== '' && !findFloor(module, floors))
  const stale = floors.flat().filter((name) => !modules.includes(name))
  const floorOf = (file) => findFloor(files.get(file), floors)
  const wrong = imports.filter(({ from, to }) => {
    const [above, below] = [floorOf(from), floorOf(to)]
    if (files.get(to) === '') return true
    return above && below && above.name !== below.name && above.number >= below.number
  })
  return [
    ...unplaced.map(([file]) => `${file} has no floor in floors.json`),
    ...stale.map((name) => `floors.json names ${name}, which is no module of ${crate}`),
    ...wrong.map((found) => `an import that does not lead to a floor below\n    ${describe(found)}`),
  ]
}

/** Checks the crates below `root`. Returns a text for each violation. */
export function checkModules(root, floors) {
  const crates = findCrates(root)
  if (crates.length === 0) throw new Error('no crates here: has a folder moved?')
  const unknown = Object.keys(floors).filter((crate) => !crates.includes(crate))
  return [
    ...unknown.map((crate) => `floors.json names ${crate}, which is no crate`),
    ...crates.flatMap((crate) => {
      const read = readCrate(root, crate)
      return [...checkCircles(crate, read), ...(floors[crate] ? checkFloors(crate, read, floors[crate]) : [])]
    }),
  ]
}

function main() {
  const wrong = checkModules('.', JSON.parse(readFileSync(FLOORS, 'utf8')))
  for (const text of wrong) console.error(`modules: ${text}`)
  return wrong.length === 0
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    process.exitCode = main() ? 0 : 1
  } catch (error) {
    console.error(`modules: ${error.message}`)
    process.exitCode = 1
  }
}
