// The ways of docs/migrating.md that need no flag, as users do them: npm's `overrides` in a folder of their own.

import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { peer } from '../support/peer.js'

const run = promisify(execFile)
const packages = resolve(import.meta.dirname, '../../build/packages')
const tarballs = existsSync(packages) ? readdirSync(packages).filter((file) => file.endsWith('.tgz')) : []

/** The package that stands in the place of `ws`, as docs/migrating.md has it. */
const ALIAS = {
  'package.json': JSON.stringify({
    name: 'ws',
    version: '8.99.0',
    exports: { import: './index.mjs', require: './index.js' },
  }),
  'index.js': "module.exports = require('websocket-rs/ws')\n",
  'index.mjs': "export * from 'websocket-rs/ws'\nexport { default } from 'websocket-rs/ws'\n",
}

const BODY = `
  const ws = new WebSocket(process.argv[2])
  ws.on('open', () => ws.send('hello'))
  ws.on('message', (data) => ws.close(1000, data))
  ws.on('close', (code, reason) => console.log(code, String(reason)))
  require('node:diagnostics_channel').subscribe('websocket-rs:open', () => console.log('ours'))
`
/** Uses the server of `ws`, which the override has replaced, in all the ways that lead to it. */
const SERVER = `
  const WebSocket = require('ws')
  for (const use of [() => new WebSocket.Server({ port: 0 }), () => WebSocket.Receiver.name, () => new WebSocket(null)]) {
    try {
      use()
    } catch ({ code, message }) {
      console.log(code, /an override replaces with websocket-rs\\/ws/.test(message))
    }
  }
`

/** A package that depends on `ws`, which is not installed anywhere. */
const CLIENT = {
  'package.json': JSON.stringify({ name: 'some-client', version: '1.0.0', dependencies: { ws: '^8.0.0' } }),
  'client.cjs': `const WebSocket = require('ws')\n${BODY}`,
  'server.cjs': SERVER,
  'client.mjs': `
    import { createRequire } from 'node:module'
    import WebSocket, { WebSocket as named } from 'ws'
    const require = createRequire(import.meta.url)
    if (named !== WebSocket || WebSocket !== require('ws')) throw new Error('several classes')
    ${BODY}
  `,
}

/** Returns the name of the package in a tarball: npm writes the scope of the platform packages as a prefix. */
const toName = (tarball: string) =>
  tarball.replace(/-\d+\.\d+\.\d+.*$/, '').replace(/^websocket-rs-/, '@websocket-rs/')

const toConsumer = (folder: string) => ({
  'package.json': JSON.stringify({
    name: 'consumer',
    private: true,
    dependencies: {
      'some-client': 'file:./some-client',
      ...Object.fromEntries(tarballs.map((file) => [toName(file), `file:${join(packages, file)}`])),
    },
    // A relative path would start at the client.
    overrides: { 'some-client': { ws: `file:${join(folder, 'ws-of-websocket-rs')}` } },
  }),
})

function write(folder: string, files: Record<string, string>): void {
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
}

let folder = ''

beforeAll(async () => {
  expect(tarballs.length, 'build/packages has the tarballs of `make pack`').toBeGreaterThanOrEqual(2)
  folder = mkdtempSync(join(tmpdir(), 'websocket-rs-overrides-'))
  write(folder, toConsumer(folder))
  write(join(folder, 'some-client'), CLIENT)
  write(join(folder, 'ws-of-websocket-rs'), ALIAS)
  const flags = ['--offline', '--install-links', '--ignore-scripts', '--no-audit', '--no-fund']
  await run('npm', ['install', ...flags, '--cache', join(folder, '.npm-cache')], {
    cwd: folder,
    shell: process.platform === 'win32',
  })
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(['client.cjs', 'client.mjs'])('overrides of npm give %s this package for ws', async (file) => {
  const program = join(folder, 'node_modules/some-client', file)
  const { stdout } = await run(process.execPath, [program, `${peer.ws}/echo`], { cwd: dirname(program) })
  expect(stdout.split('\n')).toEqual(['ours', '1000 hello', ''])
})

test('servers need the real package', async () => {
  const program = join(folder, 'node_modules/some-client/server.cjs')
  const { stdout } = await run(process.execPath, [program], { cwd: dirname(program) })
  const refused = 'MODULE_NOT_FOUND true'
  expect(stdout.split('\n')).toEqual([refused, refused, refused, ''])
})
