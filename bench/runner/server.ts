/** Starts the servers. A server prints its URLs as one line of JSON and ends when its standard input ends. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pinned } from './placement.js'

/** A running server. */
export interface Server {
  ws: string
  /** Only of servers that support TLS, with the certificate to trust. */
  wss?: string | null
  ca?: string | null
  stop(): Promise<void>
}

/** Returns the command of `websocket-rs-peer`. */
export function peerCommand(): string[] {
  const target = process.env.CARGO_TARGET_DIR ?? 'target'
  const name = process.platform === 'win32' ? 'websocket-rs-peer.exe' : 'websocket-rs-peer'
  return [join(target, 'release', name)]
}

/** Starts a server, on the given core if any, and waits until it listens. */
export async function startServer(command: readonly string[], core?: number): Promise<Server> {
  const [file, ...args] = pinned(core, command)
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const failed = ended.then(() => Promise.reject(new Error(`${command.join(' ')} ended before it listened`)))
  failed.catch(() => {})
  const lines = createInterface(child.stdout)
  const [line] = (await Promise.race([once(lines, 'line'), failed])) as [string]
  const announced = JSON.parse(line) as Omit<Server, 'stop'>
  return {
    ...announced,
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}
