// Packs what is published into build/packages: the main package, and one package for each platform whose library is in
// native/, which on a developer's machine is the host's. With --all, as the release workflow calls it, a missing platform
// is an error. CI tests and publishes the same files. `pack.mjs --libraries FOLDER` takes the libraries of another folder, and
// packs into FOLDER/packages.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { manifest, platforms } from './platforms.mjs'
import { stageMain, stagePlatform } from './stage.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const {
  values: { all, libraries: given },
} = parseArgs({ options: { all: { type: 'boolean', default: false }, libraries: { type: 'string' } } })
const libraries = resolve(root, given ?? 'native')
const output = given === undefined ? join(root, 'build') : libraries
const packages = join(output, 'packages')
const stage = join(output, 'stage')

function run(command, args) {
  const shell = process.platform === 'win32'
  execFileSync(command, args, { cwd: root, shell, stdio: ['ignore', 'ignore', 'inherit'] })
}

const built = platforms.filter(({ library }) => existsSync(join(libraries, library)))
const missing = platforms.filter((platform) => !built.includes(platform)).map(({ name }) => name)
if (built.length === 0) throw new Error(`no library in ${libraries}: build first`)
if (all && missing.length > 0) throw new Error(`no library for ${missing.join(', ')}`)

rmSync(stage, { recursive: true, force: true })
rmSync(packages, { recursive: true, force: true })
mkdirSync(packages, { recursive: true })
stageMain(join(stage, manifest.name), { complete: all })
for (const platform of built) stagePlatform(platform, libraries, join(stage, platform.name))
for (const folder of readdirSync(stage)) {
  run('npm', ['pack', join(stage, folder), '--pack-destination', packages, '--ignore-scripts', '--silent'])
}
for (const file of readdirSync(packages)) console.log(relative(root, join(packages, file)))
