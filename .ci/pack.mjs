// Packs what is published into build/packages: the main package, and one package for each platform whose library is in
// native/, which on a developer's machine is the host's. With --all, as the release workflow calls it, a missing platform
// is an error. CI tests and publishes the same files.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manifest, platforms } from './platforms.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const packages = join(root, 'build/packages')
const stage = join(root, 'build/stage')

/** Fields of package.json that are for the repository only. */
const PRIVATE_FIELDS = ['devDependencies', 'napi', 'overrides', 'scripts']
/** Fields that the packages of the platforms share with the main package. */
const SHARED_FIELDS = [
  'version',
  'license',
  'author',
  'homepage',
  'repository',
  'bugs',
  'engines',
  'publishConfig',
]

const all = process.argv.includes('--all')

function run(command, args) {
  const shell = process.platform === 'win32'
  execFileSync(command, args, { cwd: root, shell, stdio: ['ignore', 'ignore', 'inherit'] })
}

function writeManifest(folder, content) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`)
}

/** Writes the package of a platform; returns its folder. */
function stagePlatform({ name, packageName, target, library, conditions }) {
  const folder = join(stage, name)
  const shared = Object.fromEntries(
    SHARED_FIELDS.filter((field) => field in manifest).map((field) => [field, manifest[field]]),
  )
  writeManifest(folder, {
    name: packageName,
    description: `The native library of ${manifest.name} for ${target}.`,
    ...shared,
    ...conditions,
    main: library,
    files: [library],
  })
  cpSync(join(root, 'native', library), join(folder, library))
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  return folder
}

/** Writes the main package as it is published, with the platform packages as optional dependencies; returns its folder. */
function stageMain() {
  const folder = join(stage, manifest.name)
  const published = { ...manifest }
  for (const field of PRIVATE_FIELDS) delete published[field]
  published.optionalDependencies = Object.fromEntries(
    platforms.map(({ packageName }) => [packageName, manifest.version]),
  )
  writeManifest(folder, published)
  // A name that begins with ! is one that npm leaves out.
  const files = manifest.files.filter((file) => !file.startsWith('!'))
  for (const file of [...files, 'README.md', 'LICENSE']) {
    // Tests do not need README and CHANGELOG; only --all requires them.
    if (existsSync(join(root, file))) cpSync(join(root, file), join(folder, file), { recursive: true })
    else if (!file.endsWith('.md') || all) throw new Error(`${file} is missing: build first`)
  }
  return folder
}

const built = platforms.filter(({ library }) => existsSync(join(root, 'native', library)))
const missing = platforms.filter((platform) => !built.includes(platform)).map(({ name }) => name)
if (built.length === 0) throw new Error('no library in native/: build first')
if (all && missing.length > 0) throw new Error(`no library for ${missing.join(', ')}`)

rmSync(stage, { recursive: true, force: true })
rmSync(packages, { recursive: true, force: true })
mkdirSync(packages, { recursive: true })
for (const folder of [stageMain(), ...built.map(stagePlatform)]) {
  run('npm', ['pack', folder, '--pack-destination', packages, '--ignore-scripts', '--silent'])
}
for (const file of readdirSync(packages)) console.log(`build/packages/${file}`)
