/** The message of `ERR_WS_LOAD`: why the native library could not be loaded, and what to do. */

import { existsSync } from 'node:fs'
import { WebSocketError } from '../errors/classes.js'
import { libc } from './library.js'

const BUILD = 'build from source: git clone, then npm run build (needs Rust).'
/** The package has no documents but its README. */
const RECIPES = 'https://github.com/websocket-rs/websocket-rs-node/blob/main/docs/bundlers.md'
const INSTALL = `Install again without --omit=optional and with a lock file that covers this platform, or ${BUILD}`

/** Patterns of reasons, in the words of Node, of the system's loaders or of {@link versionError}, with what to do. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /has no asset/,
    `Add the file of the platform package to the assets of the executable, as ${RECIPES} shows.`,
  ],
  [
    /require is not defined|[Dd]ynamic require/,
    `The bundle is an ES module without require: define it, or exclude websocket-rs from the bundle, as ${RECIPES} shows.`,
  ],
  [
    /version `?GLIBC|GLIBC_[\d.]+['\s]+not found/,
    `This system's C library is too old for the binary: use a newer system or container image, or ${BUILD}`,
  ],
  [/[Cc]annot allocate memory|ENOMEM/, 'Raise the memory limit of the process.'],
  [
    /failed to map segment|Operation not permitted/,
    'The file system of the binary may be mounted noexec: install the package on one that allows execution.',
  ],
  [/[Tt]oo many open files|EMFILE|ENFILE/, 'Close files, or raise the limit of open files (ulimit -n).'],
  [
    /Permission denied|EACCES|Access is denied/,
    'Allow the user that runs Node to read the file and its folders.',
  ],
  [
    /ld-(?:linux|musl)|libc\.musl|Error relocating/,
    'The binary is for another C library: install the package on the system that runs it, not with glibc for musl.',
  ],
  [
    /invalid ELF|wrong ELF|file too short|[Ww]in32 application|incompatible architecture|not a mach-o|[Ee]xec format|is for another architecture/,
    'The file is damaged or for another platform: remove node_modules and install on the system that runs it.',
  ],
  [/code signature/i, 'macOS rejects the signature of the file: remove node_modules and install again.'],
  [/undefined symbol|[Ss]ymbol not found|procedure could not be found/, 'Update Node.'],
  [
    /cannot open shared object file|Error loading shared library|image not found|Library not loaded|module could not be found/,
    'A library that the binary needs is missing: install it.',
  ],
  [
    /the package is of version/,
    'Install the same version of both: remove node_modules and the entries of websocket-rs in the lock file, and install again.',
  ],
]

/** Corrects the message of glibc, which reports a file for another architecture as missing. */
function correct(reason: string): string {
  const [, file] = /^(\/.*): cannot open shared object file: No such file or directory$/.exec(reason) ?? []
  return file !== undefined && existsSync(file) ? `${file} is for another architecture` : reason
}

/** Returns the first line of the message of an error, without its full stop. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  const given = process.env.NAPI_RS_NATIVE_LIBRARY_PATH
  if (given && code === 'MODULE_NOT_FOUND')
    return `NAPI_RS_NATIVE_LIBRARY_PATH is ${given}, which does not exist`
  return correct(message.replace(/\.?(\r?\n.*)?$/s, ''))
}

/** Returns the flag that is missing. Node has one message for two. */
function enableAddons(): string {
  const { permission } = process as { permission?: unknown }
  return permission === undefined
    ? 'Run Node without --no-addons, which may be set in NODE_OPTIONS.'
    : 'Run Node with --allow-addons in addition to --permission.'
}

function remedyFor(reason: string): string {
  if (process.env.NAPI_RS_NATIVE_LIBRARY_PATH) return 'Correct NAPI_RS_NATIVE_LIBRARY_PATH, or unset it.'
  if (reason.includes('addons is disabled')) return enableAddons()
  if (reason.includes('there is no package')) return `Use another platform, or ${BUILD}`
  return REMEDIES.find(([pattern]) => pattern.test(reason))?.[1] ?? INSTALL
}

/** Returns the C library on Linux. Node's report names only the version of glibc. */
function cLibrary(): string {
  if (process.platform !== 'linux') return ''
  if (libc() === 'musl') return ' musl'
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined
  return ` glibc ${report?.header?.glibcVersionRuntime ?? 'of unknown version'}`
}

/** Makes the error of a binary that does not load. */
export function loadError(error: unknown): WebSocketError {
  const reason = reasonOf(error)
  const where = `${process.platform}-${process.arch}${cLibrary()}, Node ${process.version}`
  const message = `websocket-rs cannot load its native binary: ${reason} (${where}). ${remedyFor(reason)}`
  return new WebSocketError('ERR_WS_LOAD', 'load', message, error)
}

/** Makes the error of a binary of another version. */
export function versionError(binary: unknown, version: string): WebSocketError {
  return loadError(new Error(`the binary is of version ${binary}, the package is of version ${version}`))
}
