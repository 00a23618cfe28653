/** The contenders and the commands that start them. How to add a rival: bench/README.md. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { RIVALS } from '../clients/locate.js'

/** Whether a contender is websocket-rs, a rival, or the floor: bare system calls (bench/floor). */
export type Group = 'ours' | 'rival' | 'floor'

/** A program that runs jobs; bench/clients/job.ts describes them. */
export interface Contender {
  /** Adapter and runtime, such as `ws@node20`. */
  id: string
  group: Group
  command: string[]
  /** The command of the case `process`, before URL, bytes and messages. */
  program?: string[]
  /** Why it prints `null` for some cells. */
  notOffered?: string
}

const OURS = [
  ...['websocket-rs', 'websocket-rs-recv', 'websocket-rs-sync', 'websocket-rs-ws', 'websocket-rs-web'],
  ...['websocket-rs-no-busy-poll', 'websocket-rs-reuse-memory', 'websocket-rs-sync-reuse-memory'],
]
const WS = ['ws', 'ws-bufferutil']

const BLOCKING = 'a blocked thread runs no event loop'
const NODE_ONLY = 'event loop delay is measured on Node only'
const NOT_OFFERED: Record<string, string> = {
  'websocket-rs-sync': BLOCKING,
  'websocket-rs-sync-reuse-memory': BLOCKING,
  'faye-websocket':
    "it stops reading while its writes wait, so echoes larger than the kernel's buffers never complete",
  bun: NODE_ONLY,
}

const platform = process.platform === 'win32' ? 'win' : process.platform

/** Returns the path of a Node that is installed with the rivals. */
function node(major: number): string {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  return join(RIVALS, 'node_modules', `node${major}-${platform}-${process.arch}`, 'bin', name)
}

/** Returns the path of the Bun that is installed with the rivals. */
export function bun(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = process.platform === 'win32' ? 'bun.exe' : 'bun'
  const arch = process.arch === 'arm64' ? 'aarch64' : process.arch
  return join(RIVALS, 'node_modules', '@oven', `bun-${system}-${arch}`, 'bin', name)
}

function script(runtime: string, tag: string, adapter: string): Contender {
  const notOffered = NOT_OFFERED[adapter]
  return {
    id: tag === '' ? adapter : `${adapter}@${tag}`,
    group: OURS.includes(adapter) ? 'ours' : 'rival',
    command: [runtime, join(__dirname, '..', 'clients', 'main.js'), adapter],
    program: [runtime, join(__dirname, '..', 'clients', 'process.js'), adapter],
    ...(notOffered === undefined ? {} : { notOffered }),
  }
}

/** Returns a contender on CPython, in the virtual environment that make has installed. */
function python(adapter: string): Contender {
  const file = process.platform === 'win32' ? join('Scripts', 'python.exe') : join('bin', 'python')
  const interpreter = join('.cache', 'rivals-python', file)
  const folder = join('bench', 'clients', 'python')
  return {
    id: `python-${adapter}`,
    group: 'rival',
    command: [interpreter, join(folder, 'main.py'), adapter],
    program: [interpreter, join(folder, 'process.py'), adapter],
    notOffered: NODE_ONLY,
  }
}

function floor(): Contender {
  const name = process.platform === 'win32' ? 'websocket-rs-floor.exe' : 'websocket-rs-floor'
  return {
    id: 'floor',
    group: 'floor',
    command: [join(process.env.CARGO_TARGET_DIR ?? 'target', 'release', name)],
    notOffered: 'it supports echoes and floods of plain frames without TLS; many connections on Linux only',
  }
}

const PYTHON = [
  'picows_client',
  'websocket_rs_async',
  'websocket_rs_sync',
  'websockets_async',
  'websockets_sync',
  'websocket_client_sync',
]

/** The contenders of `make bench`. */
export const CONTENDERS: Contender[] = [
  ...[...OURS, ...WS, 'undici'].map((adapter) => script(node(20), 'node20', adapter)),
  ...[...OURS, ...WS, 'global', 'faye-websocket'].map((adapter) => script(node(26), 'node26', adapter)),
  script(bun(), '', 'bun'),
  ...PYTHON.map(python),
  floor(),
]

/** The contenders that need only the Node that runs this program: for `make bench-quick` and tests. */
export const HERE: Contender[] = [...OURS, ...WS].map((adapter) => script(process.execPath, 'here', adapter))

/** Returns the contenders with these ids. */
export function pick(ids: readonly string[]): Contender[] {
  return ids.map((id) => {
    const found = [...CONTENDERS, ...HERE].find((contender) => contender.id === id)
    if (found === undefined) throw new Error(`unknown contender: ${id}`)
    return found
  })
}

/** Throws if a contender is not installed, as a contender that is left out silently would look like a win. */
export function checkInstalled(contenders: readonly Contender[]): void {
  const missing = contenders.filter(({ command: [file] }) => file !== undefined && !existsSync(file))
  if (missing.length === 0) return
  const list = missing.map(({ id, command: [file] }) => `${id} (${file})`).join(', ')
  throw new Error(`not installed: ${list}. make bench installs what exists for this platform`)
}
