// The package as users install it: published to a registry on this machine, from which each package manager installs it
// without Rust on PATH, and then each API gets an echo.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manifest, platforms } from '../../.ci/platforms.mjs'
import { host, similarPlatforms } from '../support/host-platform.js'
import { peer } from '../support/peer.js'
import { environmentWithoutRust, hasRust } from '../support/without-rust.js'
import { Consumer } from './consumer.js'
import { type Installer, installers, NODES, npm, pathOfNode } from './installers.js'
import { publishAll, published, type Registry, startRegistry } from './registry.js'

/** The timeout of a test, in ms. */
const LIMIT = 240_000
/** What the three APIs print. */
const ECHOED = ['promise', 'blocking', 'ws']
/** A platform that tests seldom run on. */
const ELSEWHERE = { os: 'linux', cpu: 'arm64', libc: 'musl' }

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-registry-'))
const env = environmentWithoutRust(join(folder, '.bin'))
const times: Record<string, string> = {}
let registry: Registry
let count = 0

/** Makes an empty project. */
function project(installer: Installer, environment = env, node = process.execPath): Consumer {
  count += 1
  return new Consumer(join(folder, `project-${count}`), installer, environment, node)
}

/** Installs the package, and gets an echo of each API. Prints how long both took, with `name`. */
async function installAndEcho(consumer: Consumer, name: string): Promise<void> {
  consumer.configure(registry.url)
  const start = performance.now()
  await consumer.add()
  const installed = performance.now()
  expect(await consumer.run('echo.mjs', [`${peer.ws}/echo`])).toEqual(ECHOED)
  const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1)
  times[name] =
    `${seconds(start, installed)} s to install, ${seconds(installed, performance.now())} s to the echoes`
}

beforeAll(async () => {
  registry = await startRegistry(join(folder, 'registry'))
  await publishAll(registry, join(folder, 'published'))
}, LIMIT)

afterAll(async () => {
  await registry?.stop()
  rmSync(folder, { recursive: true, force: true })
  console.table(times)
})

test('no tool of Rust is on PATH', () => {
  const found = (env.PATH ?? '').split(delimiter).filter((entry) => hasRust(entry))
  expect(found).toEqual([])
})

test('the packages run no scripts, and the main one depends on those of all platforms', async () => {
  const names = platforms.map(({ packageName }) => packageName)
  const [main, ...others] = await Promise.all(
    ['websocket-rs', ...names].map((name) => published(registry, name)),
  )
  expect([main, ...others].map((one) => one?.scripts)).toEqual([main, ...others].map(() => undefined))
  expect(main?.dependencies).toBeUndefined()
  expect(main?.optionalDependencies).toEqual(
    Object.fromEntries(names.map((name) => [name, manifest.version])),
  )
})

describe.each(installers)('$name', { timeout: LIMIT }, (installer) => {
  const expected = installer.ignoresLibc ? similarPlatforms.map(({ name }) => name) : [host.name]

  test('installs into an empty folder, and each API gets an echo', async () => {
    const consumer = project(installer)
    await installAndEcho(consumer, installer.name)
    expect(consumer.platforms()).toEqual(expected)
    // Bun and Deno.
    if (installer.runner) expect(await consumer.runOwn('echo.mjs', [`${peer.ws}/echo`])).toEqual(ECHOED)
  })

  test('installs without scripts from a lock file that was written on another platform', async () => {
    const consumer = project(installer)
    consumer.configure(registry.url, ELSEWHERE)
    await consumer.add()
    if (installer.ignoresLibc) expect(consumer.platforms()).toContain('linux-arm64-musl')
    else expect(consumer.platforms()).toEqual(['linux-arm64-musl'])
    consumer.reset()
    consumer.configure(registry.url)
    await consumer.installLocked()
    expect(consumer.platforms()).toEqual(expected)
    expect(await consumer.run('echo.mjs', [`${peer.ws}/echo`])).toEqual(ECHOED)
  })

  test.runIf(installer.omit)('tells which package is missing without optional dependencies', async () => {
    const consumer = project(installer)
    consumer.configure(registry.url)
    await consumer.add(installer.omit)
    expect(consumer.platforms()).toEqual([])
    const error = await consumer.run('load.cjs')
    expect(error).toMatchObject({ name: 'WebSocketError', code: 'ERR_WS_LOAD' })
    expect(error).toMatchObject({
      message: expect.stringContaining(`${host.packageName}, the package for this`),
    })
    expect(error).toMatchObject({ message: expect.stringContaining('Install again without --omit=optional') })
  })
})

describe.each(NODES)('Node %i', { timeout: LIMIT }, (major) => {
  test('installs with npm into an empty folder, and each API gets an echo', async () => {
    const node = pathOfNode(major)
    const environment = environmentWithoutRust(join(folder, `.bin-${major}`), node)
    const consumer = project(npm, environment, node)
    expect(await consumer.execute('node', ['--version'])).toMatch(new RegExp(`^v${major}\\.`))
    await installAndEcho(consumer, `npm, Node ${major}`)
    expect(consumer.platforms()).toEqual([host.name])
  })
})

describe('for another platform', { timeout: LIMIT }, () => {
  test.each(platforms)('npm installs $packageName and no other', async ({ name, conditions }) => {
    const {
      os: [os = ''],
      cpu: [cpu = ''],
      libc,
    } = conditions
    const consumer = project(npm)
    consumer.configure(registry.url, { os, cpu, ...(libc?.[0] && { libc: libc[0] }) })
    await consumer.add()
    expect(consumer.platforms()).toEqual([name])
  })
})

// The program of the command line, once package.json has one.
describe.runIf('bin' in manifest)('installed globally', { timeout: LIMIT }, () => {
  test('the program talks to an echo server', async () => {
    const consumer = project(npm)
    const programs = await consumer.addGlobally(registry.url)
    const output = await consumer.execute(join(programs, 'websocket-rs'), [
      `${peer.ws}/echo`,
      '-x',
      'global',
      '-n',
      '1',
    ])
    expect(output).toBe('global\n')
  })
})
