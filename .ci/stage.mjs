// Writes the folders of the packages that are published.

import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manifest, platforms } from './platforms.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

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

function writeManifest(folder, content) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`)
}

/** Writes the package of a platform with a library of the folder `libraries`. */
export function stagePlatform(platform, libraries, folder) {
  const { packageName, target, library, conditions } = platform
  const shared = Object.fromEntries(
    SHARED_FIELDS.filter((field) => field in manifest).map((field) => [field, manifest[field]]),
  )
  writeManifest(folder, {
    name: packageName,
    description: `The native library of ${manifest.name} for ${target}.`,
    ...shared,
    ...conditions,
    main: library,
    files: [library, 'NOTICE'],
  })
  cpSync(join(libraries, library), join(folder, library))
  for (const file of ['LICENSE', 'NOTICE']) cpSync(join(root, file), join(folder, file))
}

/**
 * Returns a text in which relative links of Markdown lead to the files of this version in the repository, since the package
 * has few of them. Images lead to their bytes.
 */
export function withAbsoluteLinks(markdown, files) {
  const repository = manifest.repository.url.replace(/^git\+|\.git$/g, '')
  return markdown.replace(/(!?)(\[[^\]]*\]\()([^)\s#]+)/g, (link, image, text, target) => {
    if (/^[a-z]+:/.test(target) || files.includes(target)) return link
    return `${image}${text}${repository}/${image ? 'raw' : 'blob'}/v${manifest.version}/${target}`
  })
}

/**
 * Writes the main package, with the platform packages as optional dependencies. Tests do not need README and CHANGELOG; only
 * `complete` requires them.
 */
export function stageMain(folder, { complete = false } = {}) {
  const published = { ...manifest }
  for (const field of PRIVATE_FIELDS) delete published[field]
  published.optionalDependencies = Object.fromEntries(
    platforms.map(({ packageName }) => [packageName, manifest.version]),
  )
  writeManifest(folder, published)
  // A name that begins with ! is one that npm leaves out.
  const files = manifest.files.filter((file) => !file.startsWith('!'))
  for (const file of [...files, 'README.md', 'LICENSE']) {
    if (existsSync(join(root, file))) cpSync(join(root, file), join(folder, file), { recursive: true })
    else if (!file.endsWith('.md') || complete) throw new Error(`${file} is missing: build first`)
  }
  for (const path of ['README.md', 'CHANGELOG.md'].map((file) => join(folder, file)))
    if (existsSync(path)) writeFileSync(path, withAbsoluteLinks(readFileSync(path, 'utf8'), files))
}
