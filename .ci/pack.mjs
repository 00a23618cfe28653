// Packs what is published into build/packages: the main package, and one package for each platform whose library is in
// native/, which on a developer's machine is the host's. With --all, as the release job calls it, a missing platform is
// an error. CI tests and publishes the same files.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const packages = join(root, 'build/packages')
const platforms = join(root, 'npm')
const stage = join(root, 'build/stage')

/** Fields of package.json that are for the repository only. */
const PRIVATE_FIELDS = ['devDependencies', 'napi', 'overrides', 'scripts']

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

function run(command, args) {
  const shell = process.platform === 'win32'
  execFileSync(command, args, { cwd: root, shell, stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Writes npm/<platform>/package.json for every target; returns the folders' names. */
function createPlatformFolders() {
  rmSync(platforms, { recursive: true, force: true })
  run('npx', ['--no-install', 'napi', 'create-npm-dirs', '--npm-dir', 'npm'])
  return readdirSync(platforms)
}

/** Copies the built libraries to their folders; returns the platforms that have one. */
function fillPlatformFolders(names) {
  return names.filter((name) => {
    const library = `${manifest.napi.binaryName}.${name}.node`
    const built = join(root, 'native', library)
    if (!existsSync(built)) return false
    cpSync(built, join(platforms, name, library))
    cpSync(join(root, 'LICENSE'), join(platforms, name, 'LICENSE'))
    return true
  })
}

/** Writes the main package as it is published, with the platform packages as optional dependencies. */
function stageMainPackage(names) {
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(stage, { recursive: true })
  const published = { ...manifest }
  for (const field of PRIVATE_FIELDS) delete published[field]
  published.optionalDependencies = Object.fromEntries(
    names.map((name) => [`${manifest.name}-${name}`, manifest.version]),
  )
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
  // A name that begins with ! is one that npm leaves out.
  const files = manifest.files.filter((file) => !file.startsWith('!'))
  for (const file of [...files, 'README.md', 'LICENSE']) {
    // Tests do not need README and CHANGELOG; only --all requires them.
    if (existsSync(join(root, file))) cpSync(join(root, file), join(stage, file), { recursive: true })
    else if (!file.endsWith('.md') || all) throw new Error(`${file} is missing: build first`)
  }
}

const all = process.argv.includes('--all')
const names = createPlatformFolders()
const filled = fillPlatformFolders(names)
const missing = names.filter((name) => !filled.includes(name))
if (filled.length === 0) throw new Error('no library in native/: build first')
if (all && missing.length > 0) throw new Error(`no library for ${missing.join(', ')}`)
stageMainPackage(names)

rmSync(packages, { recursive: true, force: true })
mkdirSync(packages, { recursive: true })
for (const folder of [stage, ...filled.map((name) => join(platforms, name))]) {
  run('npm', ['pack', folder, '--pack-destination', packages, '--ignore-scripts', '--silent'])
}
for (const file of readdirSync(packages)) console.log(`build/packages/${file}`)
