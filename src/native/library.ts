/** The native library: finds the file for this platform and loads it. */

import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { extract, isExecutable } from './executable.js'

/** How much of an ELF file is searched for the name of its dynamic loader, which linkers write near the start. */
const ELF_START_BYTES = 4096

/** Returns the first bytes of the program that runs, as text; nothing if they may not be read. */
function startOfProgram(): string {
  try {
    const file = openSync(process.execPath, 'r')
    try {
      const bytes = Buffer.alloc(ELF_START_BYTES)
      return bytes.toString('latin1', 0, readSync(file, bytes, 0, ELF_START_BYTES, 0))
    } finally {
      closeSync(file)
    }
  } catch {
    return ''
  }
}

/**
 * Returns the C library that this program uses, as its dynamic loader tells. Other files of the system do not: Alpine may
 * have a layer for programs made for glibc. The report of Node tells, too, but takes 6 ms.
 */
export function libc(): 'gnu' | 'musl' {
  const [, name] = /\/ld-(linux|musl)/.exec(startOfProgram()) ?? []
  if (name !== undefined) return name === 'musl' ? 'musl' : 'gnu'
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined
  return report?.header?.glibcVersionRuntime === undefined ? 'musl' : 'gnu'
}

/** Returns the name of this platform, as `napi build` has it. */
export function platformName(): string {
  const { platform, arch } = process
  if (platform === 'linux') return `linux-${arch}-${libc()}${arch === 'arm' ? 'eabihf' : ''}`
  return platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`
}

/** Loads the library from the package of a platform. Bundlers see each name, and which of them need not exist. */
function requirePackage(platform: string): unknown {
  try {
    switch (platform) {
      case 'linux-x64-gnu':
        return require('@websocket-rs/linux-x64-gnu')
      case 'linux-arm64-gnu':
        return require('@websocket-rs/linux-arm64-gnu')
      case 'linux-x64-musl':
        return require('@websocket-rs/linux-x64-musl')
      case 'linux-arm64-musl':
        return require('@websocket-rs/linux-arm64-musl')
      case 'darwin-x64':
        return require('@websocket-rs/darwin-x64')
      case 'darwin-arm64':
        return require('@websocket-rs/darwin-arm64')
      case 'win32-x64-msvc':
        return require('@websocket-rs/win32-x64-msvc')
      case 'win32-arm64-msvc':
        return require('@websocket-rs/win32-arm64-msvc')
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    const missing = `@websocket-rs/${platform}, the package for this platform, is not installed`
    throw new Error(missing, { cause: error })
  }
  throw new Error(`there is no package for ${platform}`)
}

/** Loads a file by its absolute path. Bundlers would take an ordinary `require` of a variable for one of their modules. */
const requireFile = (path: string): unknown => createRequire(path)(path)

/** Loads the library from the assets of a single executable application. */
function requireAsset(platform: string): unknown {
  const name = `websocket-rs.${platform}.node`
  const file = extract(name)
  if (file === undefined) throw new Error(`the executable has no asset ${name}`)
  return requireFile(file)
}

/**
 * Loads the library: the file that `NAPI_RS_NATIVE_LIBRARY_PATH` names, or the one that was built in this folder, or the
 * one in the executable or in the package for this platform.
 */
export function loadLibrary(): unknown {
  const given = process.env.NAPI_RS_NATIVE_LIBRARY_PATH
  if (given) return requireFile(resolve(given))
  const platform = platformName()
  // A bundle that is an ES module has no folder.
  const built =
    typeof __dirname === 'string' ? join(__dirname, `../native/websocket-rs.${platform}.node`) : ''
  if (built !== '' && existsSync(built)) return requireFile(built)
  return isExecutable() ? requireAsset(platform) : requirePackage(platform)
}
