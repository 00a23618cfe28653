// Errors in environments that the package cannot work in: a binary that does not load, an unsupported runtime.

import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { ErrorCode } from 'websocket-rs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Runs a CommonJS script in a folder and returns the JSON that it prints. */
function evaluate(script: string, cwd: string, flags: string[] = [], wrapper: string[] = []): unknown {
  const [command = '', ...args] = [...wrapper, process.execPath, ...flags, '-e', script]
  // stderr is ignored because Node warns about experimental flags.
  const output = execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return JSON.parse(output)
}

const LOAD = `
  try {
    require('./dist/index.js')
    console.log('null')
  } catch (error) {
    const { name, code, phase, message } = error
    console.log(JSON.stringify({ name, code, phase, message, hasCause: error.cause instanceof Error }))
  }`

const binary = readdirSync(join(root, 'native')).find((name) => name.endsWith('.node')) as string
const platform = `\\(${process.platform}-${process.arch}.*, Node ${process.version}\\)`
const isLinux = process.platform === 'linux'
const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined
const hasGlibc = isLinux && report?.header?.glibcVersionRuntime !== undefined
const isRoot = isLinux && process.getuid?.() === 0
const mayMount = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0

/** An obstacle to loading the binary: how the package changes, how Node runs, and the texts of the error. */
interface Obstacle {
  change?: (folder: string, bytes: Buffer) => Buffer | undefined
  flags?: string[]
  wrapper?: (folder: string) => string[]
  reason: string
  remedy: string
}

const permission = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission'
const damaged = 'remove node_modules and install on the system that runs it'

const ANYWHERE: Record<string, Obstacle> = {
  'a binary that is not installed': {
    change: () => undefined,
    reason: `websocket-rs-${process.platform}-${process.arch}.* is not installed`,
    remedy: 'Install again .* build from source',
  },
  '--no-addons': {
    flags: ['--no-addons'],
    reason: 'Cannot load native addon because loading addons is disabled',
    remedy: 'without --no-addons',
  },
  '--permission': {
    flags: [permission, '--allow-fs-read=*'],
    reason: 'Cannot load native addon because loading addons is disabled',
    remedy: 'with --allow-addons',
  },
  'a binary of another version': {
    change: (folder, bytes) => {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version: '9.9.9' }))
      return bytes
    },
    reason: 'the binary is of version \\d+.\\d+.\\d+, the package is of version 9.9.9',
    remedy: 'Install the same version of both',
  },
}

/** Replaces a text by another one of the same length. */
function replaced(bytes: Buffer, from: string, to: string): Buffer {
  bytes.write(to, bytes.indexOf(from))
  return bytes
}

const WITH_GLIBC: Record<string, Obstacle> = {
  'a file that is not a library': {
    change: () => Buffer.alloc(4096, 'x'),
    reason: 'invalid ELF header',
    remedy: damaged,
  },
  'an empty file': { change: () => Buffer.alloc(0), reason: 'file too short', remedy: damaged },
  'a binary for another architecture': {
    change: (_, bytes) => {
      // `e_machine` of ELF: AArch64 on x86-64, and x86-64 on AArch64.
      bytes.writeUInt16LE(process.arch === 'arm64' ? 62 : 183, 18)
      return bytes
    },
    reason: 'is for another architecture',
    remedy: damaged,
  },
  'a C library that is too old': {
    change: (_, bytes) => replaced(bytes, 'GLIBC_2.', 'GLIBC_9.'),
    reason: 'version .GLIBC_9\\.[\\d.]+. not found',
    remedy: "This system's C library is too old",
  },
  'a missing library': {
    change: (_, bytes) => replaced(bytes, 'libgcc_s', 'libgcx_s'),
    reason: 'libgcx_s.so.1: cannot open shared object file',
    remedy: 'install it',
  },
}

const AS_ROOT: Record<string, Obstacle> = {
  'a file without read permission': {
    change: (folder, bytes) => {
      chmodSync(folder, 0o755)
      writeFileSync(join(folder, 'native', binary), '', { mode: 0o000 })
      return bytes
    },
    wrapper: () => ['setpriv', '--reuid', '54321', '--clear-groups'],
    reason: 'Permission denied',
    remedy: 'Allow the user that runs Node to read the file',
  },
}

const WITH_MOUNTS: Record<string, Obstacle> = {
  'a file system mounted with noexec': {
    wrapper: (folder) => {
      const native = join(folder, 'native')
      const steps = `cp -r native copy && mount -t tmpfs -o noexec none ${native} && cp copy/* native && exec "$@"`
      return ['unshare', '--mount', 'sh', '-c', steps, 'sh']
    },
    reason: 'failed to map segment from shared object',
    remedy: 'mounted noexec',
  },
}

describe('a binary that does not load throws an error with reason and remedy', () => {
  const obstacles = {
    ...ANYWHERE,
    ...(hasGlibc && WITH_GLIBC),
    ...(isRoot && AS_ROOT),
    ...(mayMount && WITH_MOUNTS),
  }

  test.each(Object.entries(obstacles))('%s', (_, { change, flags, wrapper, reason, remedy }) => {
    const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-'))
    try {
      for (const name of ['dist', 'package.json', 'native/loader.js'])
        cpSync(join(root, name), join(folder, name), { recursive: true })
      const file = join(folder, 'native', binary)
      const bytes = readFileSync(join(root, 'native', binary))
      const changed = change === undefined ? bytes : change(folder, bytes)
      if (changed !== undefined) writeFileSync(file, changed)
      expect(evaluate(LOAD, folder, flags, wrapper?.(folder))).toEqual({
        name: 'WebSocketError',
        code: 'ERR_WS_LOAD' satisfies ErrorCode,
        phase: 'load',
        message: expect.stringMatching(
          `^websocket-rs cannot load its native binary: .*${reason}.* ${platform}\\. .*${remedy}`,
        ),
        hasCause: true,
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

test('connect() needs no libuv in other runtimes: streams carry its connections', () => {
  const script = `
    Object.defineProperty(process.versions, 'bun', { value: '1.0.0' })
    require('./dist/index.js').connect('ws://127.0.0.1:1').catch(({ name, code, message }) => {
      console.log(JSON.stringify({ name, code, message }))
    })`
  expect(evaluate(script, root)).toEqual({
    name: 'ConnectError',
    code: 'ERR_WS_CONNECT' satisfies ErrorCode,
    // Worded by Node's socket.
    message: expect.stringContaining('connect ECONNREFUSED'),
  })
})
