// Every program of README.md and docs/ is compiled and run, against local servers.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { startPeer } from '../support/peer.js'
import { run, start } from '../support/program.js'
import { type Servers, startServers } from './server.js'
import { SETUPS } from './setups.js'
import { type Block, blocksOf, documents, programs, read } from './snippets.js'

const FOLDER = fileURLToPath(new URL('../../build/snippets', import.meta.url))
const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')

/** `using` and fake timers of Node 20 to 22 are experimental, of which Node warns. */
const QUIET = ['--disable-warning=ExperimentalWarning']

const all = programs()
const runnable = all.filter(({ directive }) => !directive.startsWith('not run'))
// On Windows a signal ends a process without its listener.
const started = runnable.filter(({ code }) => process.platform !== 'win32' || !code.includes('process.kill'))

/** Returns the name of the file of a program without its extension. */
function nameOf({ place }: Block): string {
  return place.replaceAll(/[^\w-]+/g, '-')
}

function isTypeScript({ language }: Block): boolean {
  return language.endsWith('ts')
}

function extension({ directive }: Block): 'cjs' | 'mjs' {
  return directive.includes('CommonJS') ? 'cjs' : 'mjs'
}

/** Returns the program of a block: with what it is said to use, and with the addresses of the test servers. */
function programOf(block: Block, { ws, wss }: Servers): string {
  const name = /\bwith ([^,]+)/.exec(block.directive)?.[1]
  const setup = name === undefined ? { before: '' } : SETUPS[name]
  if (setup === undefined) throw new Error(`${block.place}: there is no setup ${name}`)
  return `${setup.before}${block.code}${setup.after ?? ''}`
    .replaceAll('ws://localhost:8080', ws)
    .replaceAll('wss://localhost:8443', wss)
}

const TSCONFIG = {
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    rootDir: '.',
    outDir: 'built',
    typeRoots: ['../../node_modules/@types'],
    allowJs: true,
    noUnusedLocals: false,
  },
  include: ['*.mts', '*.mjs', '*.cjs'],
}

/** Writes the programs and compiles them; fails with what the compiler reports, by file and line. */
function compile(servers: Servers): void {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  for (const block of runnable) {
    const file = `${nameOf(block)}.${isTypeScript(block) ? 'mts' : extension(block)}`
    writeFileSync(join(FOLDER, file), programOf(block, servers))
  }
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(TSCONFIG))
  try {
    execFileSync(process.execPath, [TSC, '-p', FOLDER], { stdio: 'pipe', encoding: 'utf8' })
  } catch (error) {
    throw new Error((error as { stdout: string }).stdout)
  }
}

beforeAll(async () => {
  rmSync(FOLDER, { recursive: true, force: true })
  const certificates = join(FOLDER, '..', 'snippet-certificates')
  mkdirSync(certificates, { recursive: true })
  await startPeer(['--certificates', certificates])
  const servers = await startServers(certificates)
  const authority = join(certificates, 'authority.pem')
  vi.stubEnv('NODE_EXTRA_CA_CERTS', authority)
  vi.stubEnv('SNIPPETS_CA', readFileSync(authority, 'utf8'))
  vi.stubEnv('SNIPPETS_FOLDER', certificates)
  vi.stubEnv('SNIPPETS_PROXY', servers.proxy)
  compile(servers)
}, 120_000)

describe('programs', () => {
  test('are found', () => expect(runnable.length).toBeGreaterThan(35))

  test.each(started.map((block) => [block.place, block] as const))('%s runs', async (_place, block) => {
    const file = pathToFileURL(join(FOLDER, 'built', `${nameOf(block)}.${extension(block)}`))
    // What a comment says that a line prints.
    const promised = [...block.code.matchAll(/\/\/ => (.*)$/gm)].map(([, line]) => line)
    if (!block.directive.includes('endless')) {
      const { lines, ...rest } = await run(file, [], QUIET)
      expect(rest).toEqual({ code: 0, signal: null, stderr: '' })
      expect(lines).toEqual(expect.arrayContaining(promised))
      return
    }
    const program = start(file, [], QUIET)
    await program.printed(/./)
    program.kill('SIGKILL')
    expect((await program.ended).stderr).toBe('')
  })

  test.each(
    all.filter((block) => !runnable.includes(block)).map(({ place, directive }) => [place, directive]),
  )('%s says why it is not run', (_place, directive) => expect(directive).toMatch(/^not run: .{15,}/))
})

describe('other blocks', () => {
  const others = documents().flatMap(blocksOf)

  const data = others.filter(
    ({ language, directive }) => language === 'json' && !directive.startsWith('not run'),
  )
  test.each(data.map(({ place, code }) => [place, code]))(
    '%s is JSON, or JSON Lines',
    (_place, code = '') => {
      const each = /^\{.*\}$/m.test(code) ? code.trim().split('\n') : [code]
      for (const text of each) expect(() => JSON.parse(text)).not.toThrow()
    },
  )

  const commands = others
    .filter(({ language }) => language === 'sh')
    .flatMap(({ place, code }) => code.split('\n').map((line) => [place, line.replace(/ *#.*/, '')] as const))

  const targets = commands.filter(([, command]) => command.startsWith('make '))
  test.each(targets)('%s: %s is a target of the Makefile', (_place, command) => {
    const target = command.split(' ')[1]
    expect(read('Makefile')).toMatch(new RegExp(`^${target}:`, 'm'))
  })

  const scripts = commands.flatMap(([place, command]) =>
    [...command.matchAll(/npm run (?:--silent )?(\S+)/g)].map(([, script = '']) => [place, script] as const),
  )
  test.each(scripts)('%s: npm run %s is a script', (_place, script) => {
    expect(Object.keys(JSON.parse(read('package.json')).scripts)).toContain(script)
  })
})
