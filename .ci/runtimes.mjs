// Runs the programs of __test__/runtimes under the newest Bun and Deno, which it installs as npm packages. `make test` runs them
// under the pinned versions.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const cache = join('.cache', 'runtimes')
const RUNTIMES = { bun: ['run'], deno: ['run', '--allow-all'] }

function install(name) {
  const folder = join(cache, name)
  const binary = join(folder, 'node_modules', '.bin', name)
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true })
    execFileSync('npm', ['install', '--prefix', folder, '--no-save', '--loglevel=error', name], {
      stdio: 'inherit',
    })
  }
  return binary
}

/** Returns the path of a runtime. Deno's npm package unpacks its program on first use; its platform package holds it. */
function program(name) {
  const shim = install(name)
  if (name !== 'deno') return shim
  const libc = process.platform === 'linux' ? '-glibc' : ''
  const ready = join(
    cache,
    name,
    'node_modules',
    '@deno',
    `${process.platform}-${process.arch}${libc}`,
    'deno',
  )
  return existsSync(ready) ? ready : shim
}

const target = process.env.CARGO_TARGET_DIR ?? 'target'
const peer = spawn(join(target, 'release', 'websocket-rs-peer'), { stdio: ['pipe', 'pipe', 'inherit'] })
const [line] = await once(peer.stdout, 'data')
const { ws, wss, ca } = JSON.parse(line)

const PROGRAMS = { 'echo.cjs': ws, 'apis.cjs': JSON.stringify({ ws, wss, ca }) }

let failed = 0
for (const [name, args] of Object.entries(RUNTIMES)) {
  try {
    for (const [file, given] of Object.entries(PROGRAMS)) {
      const output = execFileSync(program(name), [...args, join('__test__', 'runtimes', file), given], {
        timeout: 60_000,
        encoding: 'utf8',
      })
      if (output.trim() !== 'ok') throw new Error(`${file} printed ${output}`)
    }
    console.log(`${name}: ok`)
  } catch (error) {
    failed += 1
    console.error(`${name}: ${error.message}`)
  }
}
peer.stdin.end()
process.exitCode = failed === 0 ? 0 : 1
