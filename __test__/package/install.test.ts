// The package as a user installs it: the two tarballs of `make pack` in an empty folder, without a registry and without
// Rust on PATH. Run by `make test-package`.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { environmentWithoutRust, hasRust } from '../support/without-rust.js'

const run = promisify(execFile)
const windows = process.platform === 'win32'
const suffix = windows ? '.exe' : ''
const root = resolve(import.meta.dirname, '../..')
const packages = join(root, 'build/packages')
const peerPath = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target', `release/websocket-rs-peer${suffix}`)

/** The limit of the design for one platform. */
const MAX_INSTALLED_BYTES = 5_000_000

/** What each script prints on success. */
const SUCCESS = { echoed: 'x', code: 1000 }

const ASYNC_BODY = `
  const ws = await connect(process.argv[2])
  await ws.send('x')
  const echoed = await ws.recv()
  await ws.close()
  console.log(JSON.stringify({ echoed, code: ws.closeCode }))
`
const SYNC_BODY = `
  const ws = connect(process.argv[2])
  ws.send('x')
  const echoed = ws.recv()
  ws.close()
  console.log(JSON.stringify({ echoed, code: ws.closeCode }))
`
const SCRIPTS = {
  'import.mjs': `import { connect } from 'websocket-rs'\n${ASYNC_BODY}`,
  'require.cjs': `const { connect } = require('websocket-rs')\nvoid (async () => {${ASYNC_BODY}})()`,
  'import-sync.mjs': `import { connect } from 'websocket-rs/sync'\n${SYNC_BODY}`,
  'require-sync.cjs': `const { connect } = require('websocket-rs/sync')\n${SYNC_BODY}`,
  // Resolves by folders and `main`, as runtimes and bundlers that do not support `exports`.
  'folders.cjs': `
    const { join } = require('node:path')
    const folder = join(__dirname, 'node_modules/websocket-rs')
    const isSame = (path, name) => require(join(folder, path)) === require(name)
    const names = ['sync', 'web']
    console.log(isSame('.', 'websocket-rs') && names.every((name) => isSame(name, 'websocket-rs/' + name)))
  `,
  'both.mjs': `

    import { createRequire } from 'node:module'
    import * as esm from 'websocket-rs'
    import * as esmSync from 'websocket-rs/sync'

    const require = createRequire(import.meta.url)
    const same = (a, b) => Object.keys(b).every((name) => name === '__esModule' || a[name] === b[name])
    console.log(same(esm, require('websocket-rs')) && same(esmSync, require('websocket-rs/sync')))
  `,
}

/** Uses both APIs with explicit types. */
const TYPES = `

  import { type Connection, connect, ERROR_CODES, type Message } from 'websocket-rs'
  import { connect as connectBlocking, type SyncConnection } from 'websocket-rs/sync'
  import { WebSocket } from 'websocket-rs/web'
  import { enableMonkeypatch } from 'websocket-rs/register'

  const codes: object = ERROR_CODES
  async function use(): Promise<void> {
    const ws: Connection = await connect('ws://localhost')
    const message: Message = await ws.recv({ timeout: 1 })
    // @ts-expect-error: not part of the API
    ws.handleMessage(message, 1)
  }
  const blocking: SyncConnection = connectBlocking('ws://localhost')
  const all: Message[] = blocking.recvMany()
  const state: number = new WebSocket('ws://localhost').readyState
  const enable: () => unknown = enableMonkeypatch

  export { all, codes, enable, state, use }

`
/** Module resolutions and compilers. TypeScript 7 no longer has node10, which does not support `exports`. */
const TYPE_CHECKS = [
  { resolution: 'node16', module: 'node16', compiler: 'node_modules' },
  { resolution: 'nodenext', module: 'nodenext', compiler: 'node_modules' },
  { resolution: 'bundler', module: 'preserve', compiler: 'node_modules' },
  { resolution: 'node16', module: 'node16', compiler: '.cache/runners/node_modules' },
  { resolution: 'node10', module: 'commonjs', compiler: '.cache/runners/node_modules' },
]

let folder = ''
let env: NodeJS.ProcessEnv = {}
let peer: ChildProcess
let url = ''

function tarballs(): string[] {
  const files = existsSync(packages) ? readdirSync(packages).filter((file) => file.endsWith('.tgz')) : []
  if (files.length < 2) throw new Error('build/packages has no tarballs: run `make pack`')
  return files.map((file) => join(packages, file))
}

async function startPeer(): Promise<void> {
  peer = spawn(peerPath, ['--no-tls'], { stdio: ['pipe', 'pipe', 'inherit'] })
  peer.stdin?.on('error', () => {})
  if (!peer.stdout) throw new Error('the peer has no stdout')
  const [line] = await once(createInterface(peer.stdout), 'line')
  url = `${JSON.parse(line).ws}/echo`
}

async function script(name: keyof typeof SCRIPTS): Promise<unknown> {
  const { stdout } = await run(process.execPath, [join(folder, name), url], {
    cwd: folder,
    env,
    timeout: 20_000,
  })
  return JSON.parse(stdout)
}

function bytesIn(path: string): number {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'websocket-rs-package-'))
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true }')
  for (const [name, source] of Object.entries(SCRIPTS)) writeFileSync(join(folder, name), source)
  for (const name of ['types.mts', 'types.ts']) writeFileSync(join(folder, name), TYPES)
  env = environmentWithoutRust(join(folder, '.bin'))
  const flags = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund']
  // An empty cache, so that nothing but the tarballs can be installed.
  const cache = ['--cache', join(folder, '.npm-cache')]
  const options = { cwd: folder, env, shell: windows }
  await run('npm', ['install', ...flags, ...cache, ...tarballs()], options)
  await startPeer()
}, 120_000)

afterAll(async () => {
  if (peer?.exitCode === null) {
    const gone = once(peer, 'exit')
    peer.stdin?.end()
    await gone
  }
  rmSync(folder, { recursive: true, force: true })
})

describe('the installed package', () => {
  test('does not need a Rust toolchain', () => {
    const found = (env.PATH ?? '').split(delimiter).filter((entry) => hasRust(entry))
    expect(found).toEqual([])
    expect(existsSync(join(folder, 'node_modules/websocket-rs/Cargo.toml'))).toBe(false)
  })

  test('consists of the package and one platform package', () => {
    const names = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))
    expect(names.sort()).toEqual(['@websocket-rs', 'websocket-rs'])
    expect(readdirSync(join(folder, 'node_modules/@websocket-rs'))).toHaveLength(1)
  })

  test.each([
    ['README.md', 10],
    ['CHANGELOG.md', 2],
  ])('has a %s whose links lead to files of the package or to addresses', (file, least) => {
    const main = join(folder, 'node_modules/websocket-rs')
    const text = readFileSync(join(main, file), 'utf8')
    const targets = [...text.matchAll(/\]\(([^)\s#]+)/g)].map(([, target]) => target as string)
    expect(targets.length).toBeGreaterThan(least)
    const broken = targets.filter((target) => !/^https:/.test(target) && !existsSync(join(main, target)))
    expect(broken).toEqual([])
  })

  test('has the licences of what is linked into the library', () => {
    const [platform] = readdirSync(join(folder, 'node_modules/@websocket-rs'))
    const notice = readFileSync(
      join(folder, 'node_modules/@websocket-rs', platform as string, 'NOTICE'),
      'utf8',
    )
    expect(notice).toMatch(/^- ring \d.*ISC/m)
    expect(notice).toContain('Permission to use, copy, modify, and/or distribute this software')
  })

  test('takes at most 5 MB', () => {
    expect(bytesIn(join(folder, 'node_modules'))).toBeLessThanOrEqual(MAX_INSTALLED_BYTES)
  })

  test('connects when imported', async () => {
    expect(await script('import.mjs')).toEqual(SUCCESS)
  })

  test('connects when required', async () => {
    expect(await script('require.cjs')).toEqual(SUCCESS)
  })

  test('connects blocking when imported', async () => {
    expect(await script('import-sync.mjs')).toEqual(SUCCESS)
  })

  test('connects blocking when required', async () => {
    expect(await script('require-sync.cjs')).toEqual(SUCCESS)
  })

  test.each(TYPE_CHECKS)(
    'has declarations that compile with skipLibCheck off: $resolution, $compiler',
    async (check) => {
      const { resolution, module, compiler } = check
      const flags = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,esnext.disposable']
      const checks = ['--skipLibCheck', 'false', '--module', module, '--moduleResolution', resolution]
      const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
      const tsc = join(root, compiler, 'typescript/bin/tsc')
      // Without `exports`, an ES module would resolve to the CommonJS declarations.
      const file = join(folder, resolution === 'node10' ? 'types.ts' : 'types.mts')
      // The compiler prints errors to stdout and exits with a code.
      const { stdout } = await run(process.execPath, [tsc, ...flags, ...checks, ...types, file], {
        cwd: folder,
      }).catch((error: { stdout: string }) => error)
      expect(stdout).toBe('')
    },
    120_000,
  )

  test('has a command line', async () => {
    const program = join(folder, 'node_modules/.bin', windows ? 'websocket-rs.cmd' : 'websocket-rs')
    const args = [url, '--execute', 'x', '--count', '1']
    const { stdout } = await run(program, args, { cwd: folder, env: env, shell: windows })
    expect(stdout).toBe('x\n')
    expect(existsSync(join(folder, 'node_modules/websocket-rs/dist/cli.js'))).toBe(true)
    expect(existsSync(join(folder, 'node_modules/websocket-rs/dist/cli'))).toBe(false)
  })

  test('resolves by its folders as well', async () => {
    expect(await script('folders.cjs')).toBe(true)
  })

  test('shares its state between import and require', async () => {
    expect(await script('both.mjs')).toBe(true)
  })
})
