/** Projects that install the packed package and are built by the commands of a recipe. */

import { execFile } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { host, tarballs } from '../support/host-platform.js'
import { environmentWithoutRust } from '../support/without-rust.js'
import type { Recipe } from './recipes.js'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')

/** The longest that a command may take, in ms. */
const DEADLINE = 280_000

/** The tools of packages/ and of large/. */
export type Tools = 'bundlers' | 'bundlers-large'

/** Projects in folders below those in which their tools are installed. */
export class Workspace {
  readonly #folder: string
  readonly #tools: string
  readonly #env: NodeJS.ProcessEnv
  readonly #away = mkdtempSync(join(tmpdir(), 'websocket-rs-bundlers-'))

  /** @param programs folders of programs that recipes use, such as that of Bun */
  constructor(tools: Tools, programs: string[] = []) {
    this.#tools = join(root, '.cache', tools)
    if (!existsSync(join(this.#tools, 'node_modules'))) throw new Error(`.cache/${tools} is not installed`)
    this.#folder = mkdtempSync(join(this.#tools, 'projects-'))
    const env = environmentWithoutRust(join(this.#away, '.bin'))
    // Only tools that are installed: npx would fetch others.
    writeFileSync(join(this.#away, '.bin/npx'), '#!/bin/sh\nexec "$@"\n')
    chmodSync(join(this.#away, '.bin/npx'), 0o755)
    const path = [...programs, join(this.#away, '.bin'), join(this.#tools, 'node_modules/.bin'), env.PATH]
    const telemetry = { NEXT_TELEMETRY_DISABLED: '1', CI: 'true' }
    this.#env = { ...env, ...telemetry, PATH: path.join(delimiter), TMPDIR: this.#away, HOME: this.#away }
  }

  /** Installs the tarballs of the main package and of this platform. */
  async install(): Promise<void> {
    writeFileSync(join(this.#folder, 'package.json'), '{ "private": true }\n')
    const flags = [
      '--offline',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--cache',
      join(this.#away, 'cache'),
    ]
    const own = tarballs().filter(({ platform }) => platform === undefined || platform === host)
    await run('npm', ['install', ...flags, ...own.map(({ path }) => path)], {
      cwd: this.#folder,
      env: this.#env,
    })
  }

  /** Returns the manifest of an installed tool. */
  manifest(name: string): string {
    return join(this.#tools, 'node_modules', name, 'package.json')
  }

  /** Makes a project with the installed package and a copy of a file or folder. Returns its folder. */
  project(program: URL, as: string): string {
    const folder = mkdtempSync(join(this.#folder, 'project-'))
    cpSync(join(this.#folder, 'node_modules'), join(folder, 'node_modules'), { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "name": "app", "private": true }\n')
    mkdirSync(join(folder, dirname(as)), { recursive: true })
    cpSync(program, join(folder, as), { recursive: true })
    return folder
  }

  /** Writes the files of a recipe and runs its commands in the folder of a project. */
  async build(folder: string, recipe: Recipe): Promise<void> {
    // Recipes name one platform.
    const own = (text: string) => text.replaceAll('linux-x64-gnu', host.name)
    for (const [name, content] of Object.entries(recipe.files))
      writeFileSync(join(folder, name), own(content))
    await this.execute('bash', ['-euo', 'pipefail', '-c', own(recipe.commands)], folder)
  }

  /** Copies what was built to a folder that is not below any node_modules. */
  carryAway(path: string): string {
    const folder = join(mkdtempSync(join(this.#away, 'dist-')), 'dist')
    cpSync(path, folder, { recursive: true })
    return folder
  }

  /** Runs a command and returns its output. */
  async execute(file: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
    const options = { cwd, env: { ...this.#env, ...env }, timeout: DEADLINE, maxBuffer: 1 << 26 }
    const { stdout } = await run(file, args, options).catch((error: { stdout: string; stderr: string }) => {
      // Node prints the line that throws, which may be a whole bundle.
      const output = `${error.stdout}${error.stderr}`.replaceAll(/^(.{400}).+$/gm, '$1…')
      throw new Error(`${file} ${args.join(' ')} failed:\n${output}`)
    })
    return stdout
  }

  /** Returns the environment of `execute`, for programs that run on. */
  get env(): NodeJS.ProcessEnv {
    return this.#env
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
    rmSync(this.#away, { recursive: true, force: true })
  }
}
