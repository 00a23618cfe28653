/** Starts the echo server, on a core of its own where that is asked for and possible. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A running peer. */
export interface Peer {
  ws: string
  wss: string
  ca: string
  stop(): void
}

/** Puts `taskset` in front of a command, where there is one; elsewhere nothing is pinned. */
export function pinned(core: number | undefined, command: string[]): [string, ...string[]] {
  if (core === undefined || process.platform !== 'linux') return command as [string, ...string[]]
  return ['taskset', '-c', String(core), ...command]
}

/** Starts `websocket-rs-peer` and waits until it listens. */
export async function startPeer(core?: number): Promise<Peer> {
  const target = process.env.CARGO_TARGET_DIR ?? 'target'
  const name = process.platform === 'win32' ? 'websocket-rs-peer.exe' : 'websocket-rs-peer'
  const [command, ...args] = pinned(core, [join(target, 'release', name)])
  // It ends when its standard input does: with this process, however that ends.
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(fail)])
  const announced = JSON.parse(String(line))
  return { ws: announced.ws, wss: announced.wss, ca: announced.ca, stop: () => child.stdin.end() }
}

function fail(): never {
  throw new Error('the peer ended before it listened: was it built? (make build)')
}
