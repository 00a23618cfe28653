// The package as it is installed on the systems of `make test-cross`, which names them in CROSS_SYSTEMS: npm, run by each Node of
// the system, installs the libraries of `make cross` from a registry on this machine, and each API gets an echo.

import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandOf, LIBRARIES, pathIn, type System, systemOf } from '../../.ci/cross/enter.mjs'
import { tarballs } from '../support/host-platform.js'
import { peer } from '../support/peer.js'
import { publishAll, type Registry, startRegistry } from './registry.js'

const run = promisify(execFile)
const echo = fileURLToPath(new URL('../support/programs/three-echoes.mjs', import.meta.url))

/** The timeout of a test, in ms. An emulated npm takes ten times as long as others. */
const LIMIT = 600_000

const systems = (process.env.CROSS_SYSTEMS ?? '').split(' ').filter((name) => name !== '')
const times: Record<string, string> = {}

/** Returns the Nodes of a system, such as `node-24`. */
function nodesOf(name: string): string[] {
  return readdirSync(join(systemOf(name).root, 'opt')).filter((file) => /^node-\d+$/.test(file))
}

/** Runs a program with a Node of a system, where no other program is. Returns what it prints. */
async function execute(system: System, node: string, args: string[]): Promise<string> {
  const [program = '', ...rest] = commandOf(system, `/opt/${node}`, args)
  const home = pathIn(system, '/srv/home')
  const env = { PATH: process.env.PATH, HOME: home, npm_config_cache: join(home, '.npm') }
  const { stdout } = await run(program, rest, { env, timeout: LIMIT }).catch(
    (error: { stdout: string; stderr: string }) => {
      throw new Error(`${node} ${args.join(' ')} failed:\n${error.stdout}${error.stderr}`)
    },
  )
  return stdout
}

/** Makes an empty project in a system. */
function makeProject({ root }: System, registry: string): void {
  rmSync(join(root, 'srv'), { recursive: true, force: true })
  mkdirSync(join(root, 'srv/home'), { recursive: true })
  mkdirSync(join(root, 'srv/project'))
  cpSync(echo, join(root, 'srv/project/echo.mjs'))
  writeFileSync(join(root, 'srv/project/package.json'), '{ "name": "consumer", "private": true }\n')
  writeFileSync(join(root, 'srv/project/.npmrc'), `registry=${registry}\naudit=false\nfund=false\n`)
}

/** Installs the package with npm. */
async function install(system: System, node: string): Promise<void> {
  const [npm, project] = ['/opt/npm/bin/npm-cli.js', '/srv/project'].map((path) => pathIn(system, path))
  const { libc } = system.platform.conditions
  // npm reads /usr/bin/ldd to know the C library. An emulated process sees that of this machine.
  const flags = system.isEmulated && libc ? [`--libc=${libc[0]}`] : []
  await execute(system, node, [npm as string, 'install', 'websocket-rs', `--prefix=${project}`, ...flags])
}

describe.runIf(systems.length > 0)('on another system', { timeout: LIMIT }, () => {
  let folder = ''
  let registry: Registry

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'websocket-rs-systems-'))
    registry = await startRegistry(join(folder, 'registry'))
    const built = systems.map((name) => systemOf(name).platform)
    const packed = tarballs(resolve(LIBRARIES, 'packages'), built)
    await publishAll(registry, join(folder, 'published'), packed)
  }, LIMIT)

  afterAll(async () => {
    await registry?.stop()
    rmSync(folder, { recursive: true, force: true })
    console.table(times)
  })

  const cases = systems.flatMap((name) => nodesOf(name).map((node) => [name, node] as const))

  test.each(cases)('%s, %s: npm installs, and each API gets an echo', async (name, node) => {
    const system = systemOf(name)
    makeProject(system, registry.url)
    const start = performance.now()
    await install(system, node)
    const installed = performance.now()
    const scope = join(system.root, 'srv/project/node_modules/@websocket-rs')
    expect(readdirSync(scope)).toEqual([name])
    const program = pathIn(system, '/srv/project/echo.mjs')
    const output = await execute(system, node, [program, `${peer.ws}/echo`])
    expect(JSON.parse(output)).toEqual(['promise', 'blocking', 'ws'])
    const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1)
    times[`${name}, ${node}`] =
      `${seconds(start, installed)} s to install, ${seconds(installed, performance.now())} s to the echoes`
  })
})
