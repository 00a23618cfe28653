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

/** Returns the tarballs of the main package and of the platforms that were built, this one at least. */
export function tarballs(): Tarball[] {
  const files = existsSync(PACKED) ? readdirSync(PACKED).filter((file) => file.endsWith('.tgz')) : []
  const found = files.map((file) => {
    const platform = platforms.find(({ name }) => file.endsWith(`-${name}-${manifest.version}.tgz`))
    return { path: join(PACKED, file), ...(platform && { platform }) }
  })
  const main = found.filter(({ platform }) => platform === undefined)
  if (main.length === 1 && found.some(({ platform }) => platform === host)) return found
  throw new Error('build/packages does not hold the main package and that of this platform: run `make pack`')
}
