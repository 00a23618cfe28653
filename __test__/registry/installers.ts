/** The package managers, each with how it installs: into an empty folder, from a lock file, for another platform. */

import { join, resolve } from 'node:path'

/** A platform to install for, in the words of package.json. */
export interface Target {
  os: string
  cpu: string
  libc?: string
}

/** A package manager. Commands are arguments of its program. */
export interface Installer {
  name: string
  program: string[]
  lock: string
  /** Installs the package and writes the lock file. */
  add: string[]
  /** Installs what the lock file has, without install scripts. */
  frozen: string[]
  /** Leaves out optional dependencies; `undefined` if it has no such option. */
  omit?: string[]
  /** Whether it installs the packages of all C libraries, since it does not read `libc`. */
  ignoresLibc?: boolean
  /** Returns the arguments with which `add` installs for another platform; `undefined` if settings have it. */
  target?: (target: Target) => string[]
  /** Returns its settings, as the content of files. */
  settings: (registry: string, target?: Target) => Record<string, string>
  /** The arguments with which the package manager runs a program. */
  runner?: string[]
  /** Whether Node alone does not find the installed modules. */
  needsRunner?: boolean
}

const modules = resolve(import.meta.dirname, '../../.cache/registry/node_modules')

/** Returns a program of an npm package, run by this Node. */
function program(name: string, file: string): string[] {
  return [process.execPath, join(modules, name, file)]
}

/** Returns the path of Bun or Deno, which packages of their platforms hold. */
export function runtime(name: 'bun' | 'deno'): string {
  const { platform, arch } = process
  const libc = platform === 'linux' ? '-glibc' : ''
  const found = {
    bun: `@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}/bin/bun`,
    deno: `@deno/${platform}-${arch}${libc}/deno`,
  }
  return join(modules, found[name])
}

/** The versions of Node that are supported. */
export const NODES = [20, 22, 24, 26]

/** Returns the path of a version of Node. */
export function pathOfNode(major: number): string {
  return join(modules, `node${major}-${process.platform}-${process.arch}/bin/node`)
}

const npmFlags = ({ os, cpu, libc }: Target) => [
  `--os=${os}`,
  `--cpu=${cpu}`,
  ...(libc ? [`--libc=${libc}`] : []),
]

const npmrc = (registry: string) => ({ '.npmrc': `registry=${registry}\naudit=false\nfund=false\n` })

/** Returns the settings of Yarn. Its values are JSON, which YAML contains. */
function yarnSettings(nodeLinker: string): Installer['settings'] {
  return (registry, target) => {
    const settings = {
      nodeLinker,
      npmRegistryServer: registry,
      unsafeHttpWhitelist: ['127.0.0.1'],
      enableGlobalCache: false,
      enableTelemetry: false,
      // A package that was published a moment ago.
      npmMinimalAgeGate: 0,
      ...(target && { supportedArchitectures: listed(target) }),
    }
    return { '.yarnrc.yml': JSON.stringify(settings) }
  }
}

const listed = ({ os, cpu, libc }: Target) => ({ os: [os], cpu: [cpu], ...(libc && { libc: [libc] }) })

const yarn = (linker: string, runner?: string[]): Installer => ({
  name: `yarn berry, ${linker}`,
  program: program('@yarnpkg/cli-dist', 'bin/yarn.js'),
  lock: 'yarn.lock',
  add: ['add', 'websocket-rs'],
  frozen: ['install', '--immutable', '--mode=skip-build'],
  settings: yarnSettings(linker),
  ...(runner && { runner, needsRunner: true }),
})

export const npm: Installer = {
  name: 'npm',
  program: ['npm'],
  lock: 'package-lock.json',
  add: ['install', 'websocket-rs'],
  frozen: ['ci', '--ignore-scripts'],
  omit: ['--omit=optional'],
  target: npmFlags,
  settings: npmrc,
}

export const installers: Installer[] = [
  npm,
  {
    name: 'pnpm',
    program: program('pnpm', 'bin/pnpm.cjs'),
    lock: 'pnpm-lock.yaml',
    add: ['add', 'websocket-rs'],
    frozen: ['install', '--frozen-lockfile', '--ignore-scripts'],
    omit: ['--no-optional'],
    settings: (registry, target) => ({
      ...npmrc(registry),
      'pnpm-workspace.yaml': JSON.stringify({
        minimumReleaseAge: 0,
        ...(target && { supportedArchitectures: listed(target) }),
      }),
    }),
  },
  {
    name: 'yarn classic',
    program: program('yarn', 'bin/yarn.js'),
    lock: 'yarn.lock',
    add: ['add', 'websocket-rs', '--no-progress'],
    frozen: ['install', '--frozen-lockfile', '--ignore-scripts', '--no-progress'],
    omit: ['--ignore-optional'],
    ignoresLibc: true,
    // Has no option for a platform, and installs the packages of all with this one.
    target: () => ['--ignore-platform'],
    settings: npmrc,
  },
  yarn('node-modules'),
  yarn('pnp', ['node']),
  {
    name: 'bun',
    program: [runtime('bun')],
    lock: 'bun.lock',
    runner: ['run'],
    add: ['add', 'websocket-rs'],
    frozen: ['install', '--frozen-lockfile', '--ignore-scripts'],
    omit: ['--omit=optional'],
    target: npmFlags,
    settings: npmrc,
  },
  {
    name: 'deno',
    program: [runtime('deno')],
    lock: 'deno.lock',
    runner: ['run', '--allow-all'],
    add: ['install', 'npm:websocket-rs'],
    frozen: ['ci'],
    ignoresLibc: true,
    target: ({ os, cpu }) => [`--os=${os}`, `--arch=${cpu}`],
    settings: (registry) => ({
      ...npmrc(registry),
      'deno.json': JSON.stringify({ minimumDependencyAge: 0, nodeModulesDir: 'manual' }),
    }),
  },
]
