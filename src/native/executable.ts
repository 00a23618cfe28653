/**
 * The native library in a single executable application of Node, which carries it as an asset. A dynamic loader needs a
 * file, so it is written to the temporary folder of the user. Later runs and Workers use the same file.
 */

import { lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crypto, os, workerThreads } from '../node/builtin.js'

/** Whether this program is a single executable application. */
export function isExecutable(): boolean {
  return process.getBuiltinModule?.('node:sea')?.isSea() === true
}

/** Returns an asset of the executable, or `undefined` if it has none of this name. */
function asset(name: string): Buffer | undefined {
  try {
    return Buffer.from(process.getBuiltinModule('node:sea').getRawAsset(name) as ArrayBuffer)
  } catch {
    return undefined
  }
}

/** Whether only this user may write into a folder. Windows gives each user a temporary folder of their own. */
function isPrivate(folder: string): boolean {
  const stats = lstatSync(folder)
  const isOwn = process.getuid === undefined || (stats.uid === process.getuid() && (stats.mode & 0o077) === 0)
  return stats.isDirectory() && isOwn
}

/** Returns a folder that only this user may write into, the same for all runs unless another user owns a folder of its name. */
function privateFolder(): string {
  const folder = join(os().tmpdir(), `websocket-rs-${process.getuid?.() ?? 'files'}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return isPrivate(folder) ? folder : mkdtempSync(`${folder}-`)
}

function holds(file: string, bytes: Buffer): boolean {
  try {
    return readFileSync(file).equals(bytes)
  } catch {
    return false
  }
}

/** Writes a file at once: others see all of it or nothing. */
function write(file: string, bytes: Buffer): void {
  const part = `${file}.${process.pid}.${workerThreads().threadId}`
  writeFileSync(part, bytes, { mode: 0o700 })
  try {
    renameSync(part, file)
  } catch (error) {
    rmSync(part, { force: true })
    // Windows does not replace a file that is in use, which has the same content.
    if (!holds(file, bytes)) throw error
  }
}

/** Writes the asset with this name to a file, unless it is there, and returns its path; `undefined` without the asset. */
export function extract(name: string): string | undefined {
  const bytes = asset(name)
  if (bytes === undefined) return undefined
  const hash = crypto().createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  const file = join(privateFolder(), `${hash}-${name}`)
  if (!holds(file, bytes)) write(file, bytes)
  return file
}
