/** An environment without a Rust toolchain, as of a user who installs the package. */

import { existsSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

const windows = process.platform === 'win32'
const suffix = windows ? '.exe' : ''
const RUST = ['cargo', 'rustc', 'rustup']

/** Whether a folder holds a program of a Rust toolchain. */
export const hasRust = (folder: string) => RUST.some((name) => existsSync(join(folder, name + suffix)))

function entriesOfPath(): string[] {
  return (process.env.PATH ?? '').split(delimiter)
}

/** Links Node and npm into `folder`, because their own folders may hold cargo as well. */
function linkTools(folder: string, node: string): void {
  const npm = entriesOfPath()
    .map((entry) => join(entry, 'npm'))
    .find(existsSync)
  if (!npm) throw new Error('npm is not on PATH')
  mkdirSync(folder, { recursive: true })
  symlinkSync(node, join(folder, 'node'))
  symlinkSync(realpathSync(npm), join(folder, 'npm'))
}

/** Returns PATH without the folders of a Rust toolchain, but with Node and npm, linked into `folder`. */
function pathWithoutRust(folder: string, node: string): string {
  const kept = entriesOfPath().filter((entry) => !hasRust(entry))
  if (!windows) linkTools(folder, node)
  return [windows ? dirname(node) : folder, ...kept].join(delimiter)
}

/**
 * Returns the environment of the tests without a Rust toolchain, settings of npm, and options of Node.
 *
 * @param folder for links to the tools that are needed; made if it does not exist
 * @param node the Node on PATH, which runs npm; default: this one
 */
export function environmentWithoutRust(folder: string, node = process.execPath): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(path|node_options|napi_rs_native_library_path|npm_.*)$/i.test(name),
  )
  return { ...Object.fromEntries(kept), PATH: pathWithoutRust(folder, node) }
}
