/** Measures the time to load each package and its size on the disk. */

import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { RIVALS, TREE } from '../clients/locate.js'
import { pinned, placements } from './placement.js'
import type { Footprint } from './results.js'

const execute = promisify(execFile)

/** The folder of the packed packages; `make pack` fills it. */
const PACKAGES = join('build', 'packages')

/** The packages that are installed for each rival. */
const INSTALLS: Record<string, string[]> = {
  ws: ['ws'],
  'ws-bufferutil': ['ws', 'bufferutil'],
  undici: ['undici'],
  'faye-websocket': ['faye-websocket'],
}

function bytesOf(path: string): number {
  const info = statSync(path)
  if (!info.isDirectory()) return info.size
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0)
}

/** Returns a package and all its dependencies, which are in one flat node_modules. */
function withDependencies(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found
  found.add(name)
  const manifest = join(RIVALS, 'node_modules', name, 'package.json')
  const { dependencies = {} } = createRequire(manifest)(manifest) as { dependencies?: Record<string, string> }
  for (const dependency of Object.keys(dependencies)) withDependencies(dependency, found)
  return found
}

function rivalBytes(names: readonly string[]): number {
  const all = new Set(names.flatMap((name) => [...withDependencies(name)]))
  return [...all].reduce((sum, name) => sum + bytesOf(join(RIVALS, 'node_modules', name)), 0)
}

/** Returns the unpacked size of the main package and the package of this platform. */
function ourBytes(): number {
  const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-bench-'))
  try {
    for (const file of readdirSync(PACKAGES))
      execFileSync('tar', ['-xzf', join(PACKAGES, file), '-C', folder])
    return bytesOf(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Returns the time to load a package in a new process, in ms. */
async function importTime(folder: string, name: string): Promise<number> {
  const program = `
    const load = require('node:module').createRequire(process.argv[1])
    const start = performance.now()
    load(process.argv[2])
    console.log(performance.now() - start)`
  const args = ['-e', program, join(folder, 'package.json'), name]
  const [file, ...rest] = pinned(placements()[0]?.client, [process.execPath, ...args])
  const { stdout } = await execute(file, rest, { timeout: 60_000 })
  return Number(stdout)
}

/** Measures all packages, each once per round. */
export async function footprints(rounds: number): Promise<Footprint[]> {
  const rivals = Object.entries(INSTALLS).map(([id, names]) => ({
    id,
    folder: RIVALS,
    name: names[0] as string,
    bytes: rivalBytes(names),
  }))
  const all = [{ id: 'websocket-rs', folder: TREE, name: 'websocket-rs', bytes: ourBytes() }, ...rivals]
  const times = new Map<string, number[]>(all.map(({ id }) => [id, []]))
  for (let round = 0; round < rounds; round++) {
    for (const { id, folder, name } of all) times.get(id)?.push(await importTime(folder, name))
  }
  return all.map(({ id, bytes }) => ({ id, bytes, importTime: times.get(id) ?? [] }))
}
