/** A package registry on this machine, to which the packages of the project are published as the release does. */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { manifest, platforms } from '../../.ci/platforms.mjs'
import { type Tarball, tarballs } from '../support/host-platform.js'

/** A running registry. */
export interface Registry {
  url: string
  stop(): Promise<void>
}

const run = promisify(execFile)

/** Starts an empty registry that keeps its data in `folder`. It has no uplink, so other packages do not exist. */
export async function startRegistry(folder: string): Promise<Registry> {
  mkdirSync(folder, { recursive: true })
  const program = fileURLToPath(new URL('programs/registry.cjs', import.meta.url))
  const child = spawn(process.execPath, [program, folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const early = ended.then(() =>
    Promise.reject(new Error('the registry ended; is .cache/registry installed?')),
  )
  early.catch(() => {})
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), early])
  const { url } = JSON.parse(line as string)
  const stop = async () => {
    child.stdin.end()
    await ended
  }
  return { url, stop }
}

/** Writes a package for a platform that was not built here. It has a file of text in place of the library. */
function writePlaceholder(folder: string, platform: (typeof platforms)[number]): void {
  const { packageName: name, library, conditions } = platform
  const path = join(folder, platform.name)
  mkdirSync(path, { recursive: true })
  const fields = { name, version: manifest.version, ...conditions, main: library, files: [library] }
  writeFileSync(join(path, 'package.json'), JSON.stringify(fields))
  writeFileSync(join(path, library), 'not a library\n')
}

/**
 * Writes placeholders for all platforms without a tarball, as workspaces, which npm publishes in one go. Returns how many
 * these are.
 */
function writePlaceholders(folder: string, packed: Tarball[]): number {
  const built = packed.map(({ platform }) => platform)
  const others = platforms.filter((platform) => !built.includes(platform))
  for (const platform of others) writePlaceholder(folder, platform)
  const workspaces = others.map(({ name }) => name)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, workspaces }))
  return others.length
}

/** Publishes the main package and those of all platforms: tarballs, by default of `make pack`, and placeholders in `folder`. */
export async function publishAll(registry: Registry, folder: string, packed = tarballs()): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const placeholders = writePlaceholders(folder, packed)
  // The client requires a token; the registry accepts any.
  const token = `--${registry.url.replace('http:', '')}:_authToken=any`
  const flags = ['--registry', registry.url, token, '--ignore-scripts', '--cache', join(folder, '.cache')]
  const publish = (what: string) =>
    run('npm', ['publish', what, ...flags], { cwd: folder, shell: process.platform === 'win32' })
  // npm fails if there are none.
  if (placeholders > 0) await publish('--workspaces')
  for (const { path } of packed) await publish(path)
}

/** The fields of a published package that installers read. */
export interface Published {
  scripts?: Record<string, string>
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

/** Returns what the registry tells of the version of a package. */
export async function published(registry: Registry, name: string): Promise<Published> {
  const answer = await fetch(new URL(`${name.replace('/', '%2f')}/${manifest.version}`, registry.url))
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`)
  return (await answer.json()) as Published
}
