// Publishes the tarballs of build/packages, those of the platforms first, since the main package depends on them. Skips a
// version that the registry has with the same content, so that a run that failed half-way can be repeated; a version with
// other content is an error. Arguments are passed on to `npm publish`.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifest, platforms } from '../platforms.mjs'

const PACKAGES = 'build/packages'

/** Returns the name that `npm pack` gives the tarball of a package. */
const tarballOf = (name) => `${name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`

/** Returns the integrity of a published version, or `undefined` if the registry does not have it. */
function published(name) {
  const args = ['view', `${name}@${manifest.version}`, 'dist.integrity', '--json']
  try {
    const output = execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    // A version that is not there, of a package that is, prints nothing.
    return output.trim() === '' ? undefined : JSON.parse(output)
  } catch (error) {
    if (/\bE404\b/.test(`${error.stdout}${error.stderr}`)) return undefined
    throw error
  }
}

/** Publishes a package, or skips it if it is published already. */
function publish(name) {
  const path = join(PACKAGES, tarballOf(name))
  const integrity = `sha512-${createHash('sha512').update(readFileSync(path)).digest('base64')}`
  const existing = published(name)
  if (existing === integrity) return console.log(`${name}@${manifest.version} is published already`)
  if (existing !== undefined) throw new Error(`${name}@${manifest.version} is published with other content`)
  // A version with a suffix must not be what `npm install` takes.
  const tag = manifest.version.includes('-') ? 'next' : 'latest'
  execFileSync('npm', ['publish', `./${path}`, '--tag', tag, ...process.argv.slice(2)], { stdio: 'inherit' })
}

const names = [...platforms.map(({ packageName }) => packageName), manifest.name]
const expected = names.map(tarballOf).sort()
const found = readdirSync(PACKAGES).sort()
if (JSON.stringify(found) !== JSON.stringify(expected))
  throw new Error(`${PACKAGES} must have ${expected.join(', ')}, and has ${found.join(', ') || 'nothing'}`)
for (const name of names) publish(name)
