/** Projects that install the package from the registry of the tests. */

import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { platforms } from '../../.ci/platforms.mjs'
import type { Installer, Target } from './installers.js'

const run = promisify(execFile)
const echo = fileURLToPath(new URL('../support/programs/three-echoes.mjs', import.meta.url))
const load = fileURLToPath(new URL('programs/load.cjs', import.meta.url))

/** The longest that a command may take, in ms. */
const DEADLINE = 100_000

/** A project in a folder of its own, with its own caches. */
export class Consumer {
  readonly folder: string
  readonly #installer: Installer
  readonly #env: NodeJS.ProcessEnv
  readonly #node: string
  #target: string[] = []

  /** @param node the Node that runs the programs; default: this one */
  constructor(folder: string, installer: Installer, env: NodeJS.ProcessEnv, node = process.execPath) {
    this.folder = folder
    this.#node = node
    this.#installer = installer
    const home = join(folder, '.home')
    // Each of them tells some package manager where caches are.
    const caches = { HOME: home, XDG_CACHE_HOME: home, XDG_DATA_HOME: home, DENO_DIR: join(home, 'deno') }
    // In CI, Yarn writes no lock file by default.
    this.#env = { ...env, ...caches, YARN_ENABLE_IMMUTABLE_INSTALLS: '0' }
    mkdirSync(home, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n')
    cpSync(echo, join(folder, 'echo.mjs'))
    cpSync(load, join(folder, 'load.cjs'))
  }

  /** Writes the settings of the package manager. */
  configure(registry: string, target?: Target): void {
    const { settings, target: flags } = this.#installer
    for (const [name, content] of Object.entries(settings(registry, target)))
      writeFileSync(join(this.folder, name), content)
    this.#target = (target && flags?.(target)) ?? []
  }

  add(flags: string[] = []): Promise<string> {
    return this.#command([...this.#installer.add, ...this.#target, ...flags])
  }

  /** Installs the package globally with npm, which reads no settings of a project then. Returns the folder of programs. */
  async addGlobally(registry: string): Promise<string> {
    const prefix = join(this.folder, 'global')
    await this.#command([...this.#installer.add, '--global', `--prefix=${prefix}`, `--registry=${registry}`])
    return process.platform === 'win32' ? prefix : join(prefix, 'bin')
  }

  /** Installs what the lock file has. */
  async installLocked(): Promise<void> {
    await this.#command(this.#installer.frozen)
  }

  /** Runs `echo.mjs` or `load.cjs` with Node; returns what it prints. */
  run(program: string, args: string[] = []): Promise<unknown> {
    const { needsRunner } = this.#installer
    return needsRunner ? this.runOwn(program, args) : this.#print([this.#node], program, args)
  }

  /** Runs a program as the package manager does, which may be a runtime; returns what it prints. */
  runOwn(program: string, args: string[] = []): Promise<unknown> {
    const { program: manager, runner = [] } = this.#installer
    return this.#print([...manager, ...runner], program, args)
  }

  /** Removes all but the manifest, the lock file and the programs. */
  reset(): void {
    const kept = ['package.json', this.#installer.lock, 'echo.mjs', 'load.cjs']
    for (const name of readdirSync(this.folder)) {
      if (!kept.includes(name)) rmSync(join(this.folder, name), { recursive: true })
    }
    mkdirSync(join(this.folder, '.home'))
  }

  /** Returns the names of the platforms whose packages are installed, wherever the package manager keeps them. */
  platforms(): string[] {
    const home = join(this.folder, '.home')
    const files = readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter(({ name, parentPath }) => name.endsWith('.node') && !parentPath.startsWith(home))
      .map(({ name }) => name)
    return platforms.filter(({ library }) => files.includes(library)).map(({ name }) => name)
  }

  async #print([file = '', ...flags]: string[], program: string, args: string[]): Promise<unknown> {
    return JSON.parse(await this.execute(file, [...flags, join(this.folder, program), ...args]))
  }

  #command(args: string[]): Promise<string> {
    const [file = '', ...rest] = this.#installer.program
    return this.execute(file, [...rest, ...args])
  }

  /** Runs a program in the folder of the project; returns what it prints. */
  async execute(file: string, args: string[]): Promise<string> {
    const shell = process.platform === 'win32' && !existsSync(file)
    const options = { cwd: this.folder, env: this.#env, timeout: DEADLINE, shell }
    const { stdout } = await run(file, args, options).catch((error: { stdout: string; stderr: string }) => {
      throw new Error(`${file} ${args.join(' ')} failed:\n${error.stdout}${error.stderr}`)
    })
    return stdout
  }
}
