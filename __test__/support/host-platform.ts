/** The platform that runs the tests, among those for which packages are published. */

import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { manifest, platforms } from '../../.ci/platforms.mjs'

const PACKED = resolve(import.meta.dirname, '../../build/packages')

const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined
const libc = report?.header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc'

/** The platforms of this operating system and processor: two, if they differ by the C library. */
export const similarPlatforms = platforms.filter(
  ({ conditions: { os, cpu } }) => os.includes(process.platform) && cpu.includes(process.arch),
)

function findHost(): (typeof platforms)[number] {
  const found = similarPlatforms.find(({ conditions }) => conditions.libc?.includes(libc) ?? true)
  if (!found) throw new Error('no package is published for this platform')
  return found
}

export const host = findHost()

/** A tarball of `make pack`. The main package has no platform. */
export interface Tarball {
  path: string
  platform?: (typeof platforms)[number]
}

/** Returns the tarballs of a folder: of the main package and of the platforms that were built, `required` at least. */
export function tarballs(folder = PACKED, required = [host]): Tarball[] {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.tgz')) : []
  const found = files.map((file) => {
    const platform = platforms.find(({ name }) => file.endsWith(`-${name}-${manifest.version}.tgz`))
    return { path: join(folder, file), ...(platform && { platform }) }
  })
  const built = found.map(({ platform }) => platform)
  const missing = required.filter((platform) => !built.includes(platform)).map(({ name }) => name)
  if (built.filter((platform) => platform === undefined).length === 1 && missing.length === 0) return found
  throw new Error(`${folder} does not hold the main package and ${missing.join(', ')}: run \`make pack\``)
}
