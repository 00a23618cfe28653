/** Who takes part. A new rival is an adapter and a line here; see bench/README.md. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { RIVALS } from '../clients/locate.js'

/** What a contender is to us. */
export type Group = 'ours' | 'rival' | 'floor'

/** A command that does jobs; see bench/clients/job.ts. */
export interface Contender {
  /** Adapter and runtime, as in `ws@node20`. */
  id: string
  group: Group
  command: string[]
  /** Why it answers `null` to some cells. */
  notOffered?: string
}

const OURS = [
  ...['websocket-rs', 'websocket-rs-recv', 'websocket-rs-sync'],
  ...['websocket-rs-asleep', 'websocket-rs-reuse', 'websocket-rs-sync-reuse'],
]
const WS = ['ws', 'ws-bufferutil']

const BLOCKING = 'a blocked thread has no event loop to look at'
const NOT_OFFERED: Record<string, string> = {
  'websocket-rs-sync': BLOCKING,
  'websocket-rs-sync-reuse': BLOCKING,
  'faye-websocket':
    'it stops reading while its own writes wait, so that echoes of more than the kernel buffers never end',
  bun: 'the delay of the loop is measured on Node only',
}

const platform = process.platform === 'win32' ? 'win' : process.platform

/** A Node that is installed beside the rivals. */
function node(major: number): string {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  return join(RIVALS, 'node_modules', `node${major}-${platform}-${process.arch}`, 'bin', name)
}

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
    ...(notOffered === undefined ? {} : { notOffered }),
  }
}

/** An adapter for CPython, in the environment that make has installed. */
function python(adapter: string): Contender {
  const interpreter = process.platform === 'win32' ? join('Scripts', 'python.exe') : join('bin', 'python')
  return {
    id: `python-${adapter}`,
    group: 'rival',
    command: [
      join('.cache', 'rivals-python', interpreter),
      join('bench', 'clients', 'python', 'main.py'),
      adapter,
    ],
    notOffered: 'the loop that is looked at is that of Node',
  }
}

function floor(): Contender {
  const name = process.platform === 'win32' ? 'websocket-rs-floor.exe' : 'websocket-rs-floor'
  return {
    id: 'floor',
    group: 'floor',
    command: [join(process.env.CARGO_TARGET_DIR ?? 'target', 'release', name)],
    notOffered: 'it moves frames of one plain connection only',
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

/** Everybody who takes part in `make bench`, each on the runtimes named in the report. */
export const CONTENDERS: Contender[] = [
  ...[...OURS, ...WS, 'undici'].map((adapter) => script(node(20), 'node20', adapter)),
  ...[...OURS, ...WS, 'global', 'faye-websocket'].map((adapter) => script(node(26), 'node26', adapter)),
  script(bun(), '', 'bun'),
  ...PYTHON.map(python),
  floor(),
]

/** Those who need nothing but the Node that runs this: for `make bench-quick` and tests. */
export const HERE: Contender[] = [...OURS, ...WS].map((adapter) => script(process.execPath, 'here', adapter))

/** The contenders of these ids. */
export function pick(ids: readonly string[]): Contender[] {
  return ids.map((id) => {
    const found = [...CONTENDERS, ...HERE].find((contender) => contender.id === id)
    if (found === undefined) throw new Error(`no contender is called ${id}`)
    return found
  })
}

/** Throws if a contender is not installed: one that is missing in silence would look like a win. */
export function checkInstalled(contenders: readonly Contender[]): void {
  const missing = contenders.filter(({ command: [file] }) => file !== undefined && !existsSync(file))
  if (missing.length === 0) return
  const list = missing.map(({ id, command: [file] }) => `${id} (${file})`).join(', ')
  throw new Error(`not installed: ${list}; make installs what it has for this platform`)
}
